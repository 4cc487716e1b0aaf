// SPDX-License-Identifier: Apache-2.0
/* The reads in the right order, but nobody waits for the walkers before remapping. */
#include <refproof.h>
#include "variants/mainline_6_11.h"

#define try_get(page, nr)	page_ref_add_unless_count_first(page, nr, 0)
#define FROZEN			0
#define NO_GRACE_PERIOD

#include "vmemmap.h"

EXPECT("no-store-to-read-only", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
