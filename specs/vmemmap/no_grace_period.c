// SPDX-License-Identifier: Apache-2.0
/* The reads in the right order, but nobody waits for the walkers before remapping. */
#include <refproof.h>
#include "../page_ref/variants/mainline_6_11.h"

#define try_get(page)		page_ref_add_unless_count_first(page, 1, 0)
#define FROZEN			0
#define NO_GRACE_PERIOD

#include "lifecycle.h"

EXPECT("no-store-to-read-only", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);

/* What follows from it. */
EXPECT("not-freed-while-owned", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
