/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same saturating counter with one defect: inc_not_zero() looks at the
 * count and increments it in two accesses, as if nobody could drop the last
 * reference in between.
 */
#include <linux/atomic.h>
#include <linux/bug.h>

#ifndef REFCOUNT_BITS
#define REFCOUNT_BITS	32		/* smaller only in narrow test compilations */
#endif
#define REFCOUNT_SATURATED	(-(1 << (REFCOUNT_BITS - 2)))

typedef struct {
	atomic_t refs;
} refcount_t;

static inline int refcount_read(const refcount_t *r)
{
	return atomic_read(&r->refs);
}

static inline void refcount_set(refcount_t *r, int n)
{
	atomic_set(&r->refs, n);
}

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

/* Take one more reference; the caller holds one. */
static inline void refcount_inc(refcount_t *r)
{
	int before = atomic_fetch_add_relaxed(1, &r->refs);

	if (WARN_ON_ONCE(before <= 0 || before + 1 < 0))
		refcount_set(r, REFCOUNT_SATURATED);
}

/* Give a reference back; true if it was the last. */
static inline bool refcount_dec_and_test(refcount_t *r)
{
	int before = atomic_fetch_sub_release(1, &r->refs);

	if (before == 1) {
		smp_acquire__after_ctrl_dep();
		return true;
	}
	if (WARN_ON_ONCE(before <= 0))
		refcount_set(r, REFCOUNT_SATURATED);
	return false;
}
