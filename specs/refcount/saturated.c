// SPDX-License-Identifier: Apache-2.0
/*
 * The saturating counter with more references than it can count: it is pinned,
 * warns, and leaks the object. The object is never freed too early.
 */
#ifndef REFS_MAX
#define REFS_MAX 4000000000UL		/* nearly as many as the ledger can hold */
#endif
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include "variants/kernel.h"
#else
#include "variants/refcount.h"
#endif

#include "lifecycle.h"

#ifdef REFPROOF_KERNEL
EXPECT("no-warn/refcount_warn_saturate/1", REFUTED);
#else
EXPECT("no-warn/refcount_inc_not_zero/1", REFUTED);
EXPECT("no-warn/refcount_inc/1", REFUTED);
EXPECT("no-warn/refcount_dec_and_test/1", REFUTED);
#endif
EXPECT("never-saturated", REFUTED);
EXPECT("no-leak", REFUTED);
