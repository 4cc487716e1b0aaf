// SPDX-License-Identifier: Apache-2.0
/*
 * A caller that takes a frozen page and adds its references to the count,
 * instead of un-freezing it. That relies on a frozen count of 0: true of
 * mainline (-D MAINLINE), not of the versions whose frozen pages hold the bit:
 * the fifth, and with -D V3 the third and fourth.
 */
#include <refproof.h>
#ifdef MAINLINE
#include "../../page_ref/variants/mainline_6_1.h"
#define try_get(page, nr)	page_ref_add_unless(page, nr, 0)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)
#else
#ifdef V3
#include "../../page_ref/variants/frozen_bit_v3.h"
#else
#include "../../page_ref/variants/frozen_bit_v5.h"
#endif
#define try_get(page, nr)	page_ref_add_unless_frozen(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)
#endif

#define page_ref_unfreeze(page, nr)	page_ref_add(page, nr)

#include "../../page_ref/lifecycle.h"
