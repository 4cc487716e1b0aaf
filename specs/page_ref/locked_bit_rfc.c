// SPDX-License-Identifier: Apache-2.0
/* The patch as first proposed (RFC); pages enter the allocator with the locked bit set. */
#include <refproof.h>
#include "variants/locked_bit_rfc.h"

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"

/*
 * A failed get that is overtaken by another one leaves its stray behind, so
 * two CPUs that take turns can walk the counter round. Then it is as if pages
 * entered the allocator with 0.
 */
EXPECT("no-reference-while-free", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-leak", REFUTED);
