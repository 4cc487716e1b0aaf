// SPDX-License-Identifier: Apache-2.0
/* The first version with atomic_or() in its puts. */
#include <refproof.h>
#include "variants/atomic_or.h"

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"

/* A get that comes between the decrement and the bit owns a page that is freed under it. */
EXPECT("no-reference-while-free", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("no-leak", REFUTED);
