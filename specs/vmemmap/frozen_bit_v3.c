// SPDX-License-Identifier: Apache-2.0
/* The patch, third version: no read-side section, and try_get always stores. */
#include <refproof.h>
#include "../page_ref/variants/frozen_bit_v3.h"

#define try_get(page)		page_ref_add_unless_frozen(page, 1)
#define FROZEN			PAGE_REF_LOCKED

#include "lifecycle.h"

EXPECT("no-store-to-read-only", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);

/* What follows from it. */
EXPECT("not-freed-while-owned", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
