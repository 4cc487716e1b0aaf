// SPDX-License-Identifier: Apache-2.0
/*
 * The page reference counter of mainline 6.11 to 6.13: a lookup enters a
 * read-side section, looks for a fake head, reads the count, and only then
 * compares and swaps.
 *
 * This lifecycle has no page that is a fake head and nobody who waits for
 * read-side sections: here both reads of the lookup only ever turn it away. What
 * they are for, a count that turns read-only, is in specs/vmemmap.
 */
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include <linux/page_ref.h>
#define try_get(page, nr)	page_ref_add_unless(page, nr, 0)
#else
#include "variants/mainline_6_11.h"
#define try_get(page, nr)	page_ref_add_unless_fake_head_first(page, nr, 0)
#endif

/* A page without an owner has count 0, which no lookup can raise. */
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#include "lifecycle.h"
