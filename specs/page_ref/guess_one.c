// SPDX-License-Identifier: Apache-2.0
/* Mainline 6.1 with the get that guesses 1 first. It takes one reference, whatever nr says. */
#include <refproof.h>
#include "variants/guess_one.h"

#define try_get(page, nr)	page_ref_add_unless_guess(page, nr, 0)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#include "lifecycle.h"

/* A get of two references that took one: what the second put does, and what follows from it. */
EXPECT("no-reference-while-free", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("no-leak", REFUTED);
