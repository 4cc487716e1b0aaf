/* SPDX-License-Identifier: Apache-2.0 */
/* inc_not_zero() is a compare-and-swap that never starts from zero. */
#include "counter.h"

/* Take a reference to an object to which the caller holds none. */
static inline bool refcount_inc_not_zero(refcount_t *r)
{
	int seen = refcount_read(r);

	do {
		if (!seen)
			return false;
	} while (!atomic_try_cmpxchg_relaxed(&r->refs, &seen, seen + 1));

	if (WARN_ON_ONCE(seen < 0 || seen + 1 < 0))
		refcount_set(r, REFCOUNT_SATURATED);
	return true;
}
