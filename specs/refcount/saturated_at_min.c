// SPDX-License-Identifier: Apache-2.0
/*
 * The same counter, but pinned at the least number instead of half way to it.
 * One put that sleeps before it pins the counter again has made it positive:
 * it counts on, by as many references less as were lost, and frees too early.
 */
#ifndef REFCOUNT_BITS
#define REFCOUNT_BITS 32
#endif
#define REFCOUNT_SATURATED (-(1 << (REFCOUNT_BITS - 2)) * 2)

#ifndef REFS_MAX
#define REFS_MAX 4000000000UL
#endif
#include <refproof.h>
#include "variants/refcount.h"

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
