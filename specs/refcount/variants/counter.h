/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A saturating reference counter in the manner of the kernel's refcount_t, in
 * our own words. A count that would leave 1..INT_MAX is pinned half way into
 * the negative numbers, far from both ends, so that the object leaks instead
 * of being freed too early.
 *
 * A variant includes this and adds refcount_inc_not_zero().
 */
#include <linux/atomic.h>
#include <linux/bug.h>

#ifndef REFCOUNT_BITS
#define REFCOUNT_BITS	32		/* smaller only in narrow test compilations */
#endif
#ifndef REFCOUNT_SATURATED
#define REFCOUNT_SATURATED	(-(1 << (REFCOUNT_BITS - 2)))
#endif

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
