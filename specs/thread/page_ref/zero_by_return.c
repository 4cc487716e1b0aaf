// SPDX-License-Identifier: Apache-2.0
/*
 * Callers that put with the operations that return the count, and take a 0 for
 * the last reference. Before the patch that is what dec_and_test does. After it
 * the 0 has no bit, and a lookup may raise it while its reader frees the page.
 */
#include <refproof.h>
#include "which.h"

static inline bool put_to_zero(struct page *page, int left)
{
	if (KNOB("freeze-the-zero"))		/* the reader of the 0 must win it, too */
		return left == 0 && page_ref_freeze(page, 0);
	return left == 0;
}

#define page_ref_dec_and_test(page)	put_to_zero(page, page_ref_dec_return(page))
#define page_ref_sub_and_test(page, nr)	put_to_zero(page, page_ref_sub_return(page, nr))

#include "../../page_ref/lifecycle.h"

#ifdef V2
/* Its assertions are true of every live count: who puts stops there, and no page is ever freed. */
EXPECT("no-bug/page_ref_add/1", REFUTED);
EXPECT("no-bug/page_ref_dec_return/1", REFUTED);
EXPECT("no-bug/page_ref_sub_return/1", REFUTED);
EXPECT("no-leak", REFUTED);
EXPECT("freed-once", VACUOUS);
EXPECT("not-freed-while-referenced", VACUOUS);
#elif !defined(MAINLINE)
EXPECT("marked-while-free", REFUTED);
EXPECT("no-reference-while-free", REFUTED);

/* What follows from it. */
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("marked-while-frozen", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
EXPECT("no-leak", REFUTED);
#if defined(V3) || defined(V5)
EXPECT("no-warn/page_ref_add/1", REFUTED);
#endif
#endif
