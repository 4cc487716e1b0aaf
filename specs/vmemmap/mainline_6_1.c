// SPDX-License-Identifier: Apache-2.0
/* Mainline 6.1 does not ask whether the count is writable: the compare-and-swap raises what it sees. */
#include <refproof.h>
#include "../page_ref/variants/mainline_6_1.h"

#define try_get(page)		page_ref_add_unless(page, 1, 0)
#define FROZEN			0

#include "lifecycle.h"

EXPECT("no-store-to-read-only", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);

/* What follows from it. */
EXPECT("not-freed-while-owned", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
