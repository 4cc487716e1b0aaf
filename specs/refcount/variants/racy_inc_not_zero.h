/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One defect: inc_not_zero() looks at the count and increments it in two
 * accesses, as if nobody could drop the last reference in between.
 */
#include "counter.h"

/* Take a reference to an object to which the caller holds none. */
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int seen = refcount_read(r);

	if (!seen)
		return false;
	atomic_inc(&r->refs);
	if (WARN_ON_ONCE(seen < 0 || seen + 1 < 0))
		refcount_set(r, REFCOUNT_SATURATED);
	return true;
}
