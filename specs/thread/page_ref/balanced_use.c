// SPDX-License-Identifier: Apache-2.0
/*
 * The frozen bit, fifth version (with -D V3 the third and fourth), in the one
 * lifecycle of the counter: callers that put what they took, and un-freeze what
 * they froze. A warning that fires here is a false alarm.
 */
#include <refproof.h>
#ifdef V3
#include "../../page_ref/variants/frozen_bit_v3.h"
#else
#include "../../page_ref/variants/frozen_bit_v5.h"
#endif

#define try_get(page, nr)	page_ref_add_unless_frozen(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "../../page_ref/lifecycle.h"
