// SPDX-License-Identifier: Apache-2.0
/*
 * The founding case: the same patch, but pages still enter the allocator, and
 * become tail pages, with an explicit count of 0 and no locked bit.
 */
#include <refproof.h>
#include "variants/locked_bit.h"

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"

/* The two that its author would look for first, and what follows from them. */
EXPECT("no-reference-while-free", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-leak", REFUTED);
