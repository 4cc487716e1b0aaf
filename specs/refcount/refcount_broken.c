// SPDX-License-Identifier: Apache-2.0
/* inc_not_zero() in two accesses: the last reference may go in between. */
#include <refproof.h>
#include "variants/racy_inc_not_zero.h"

#include "lifecycle.h"

EXPECT("no-warn/refcount_inc_not_zero/1", REFUTED);
EXPECT("no-warn/refcount_inc/1", REFUTED);
EXPECT("no-warn/refcount_dec_and_test/1", REFUTED);
EXPECT("no-reference-while-free", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("zero-while-free", REFUTED);
EXPECT("never-saturated", REFUTED);
EXPECT("no-leak", REFUTED);
