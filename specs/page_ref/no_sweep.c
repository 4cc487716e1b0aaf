// SPDX-License-Identifier: Apache-2.0
/*
 * The patch, first version, without the loop that sweeps strays away: after
 * 2^31 failed gets of one reference each the locked word wraps to zero, and
 * the next get succeeds on a page that nobody owns.
 */
#include <refproof.h>
#include "variants/no_sweep.h"

#define try_get(page, nr)	page_ref_add_unless_zero_unswept(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"

/* What the first get after the wrap does, and what follows from it. */
EXPECT("no-reference-while-free", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("no-leak", REFUTED);
