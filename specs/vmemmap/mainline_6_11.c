// SPDX-License-Identifier: Apache-2.0
/* Mainline 6.11: a read-side section, but the count is read after the look for a fake head. */
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include <linux/page_ref.h>
#define try_get(page)		page_ref_add_unless(page, 1, 0)
#else
#include "../page_ref/variants/mainline_6_11.h"
#define try_get(page)		page_ref_add_unless_fake_head_first(page, 1, 0)
#endif
#define FROZEN			0

#include "lifecycle.h"

EXPECT("no-store-to-read-only", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);

/* What follows from it. */
EXPECT("not-freed-while-owned", REFUTED);
EXPECT("freeze-owns-all", REFUTED);
EXPECT("no-bug/page_ref_unfreeze/1", REFUTED);
