// SPDX-License-Identifier: Apache-2.0
/* The page reference counter of mainline 6.1: compare-and-swap unless zero. */
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include <linux/page_ref.h>
#else
#include "variants/mainline_6_1.h"
#endif

/* A page without an owner has count 0, which no lookup can raise. */
#define try_get(page, nr)	page_ref_add_unless(page, nr, 0)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#include "lifecycle.h"
