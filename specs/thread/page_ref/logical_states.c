// SPDX-License-Identifier: Apache-2.0
/*
 * The table of logical states, first version of the patch: with owners the
 * count is 1 … INT_MAX, without owners or frozen it is negative, and it is 0
 * only while the last put of an owned page is on its way.
 */
#include "../../page_ref/locked_bit.c"

#define count		atomic_read(&page._refcount)
#define settled		(online && !claimed)
#define owned		(allocated && !frozen && HELD > 0)
#define ownerless	(!allocated || frozen)

ALWAYS("owned-is-positive", !settled || !owned || count > 0);
ALWAYS("ownerless-is-negative", !settled || !ownerless || count < 0);
ALWAYS("positive-is-owned", !settled || count <= 0 || owned);
ALWAYS("negative-is-ownerless", !settled || count >= 0 || ownerless);
ALWAYS("zero-is-in-transit", !settled || count != 0 || (allocated && !frozen && HELD == 0));
