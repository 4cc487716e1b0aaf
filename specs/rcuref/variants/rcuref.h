/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A counter of references in the manner of the kernel's rcuref_t, in our own
 * words: gets and puts are one unconditional addition each. A get that finds
 * the word negative, and a put that leaves it so, look closer.
 */
#include <linux/preempt.h>
#include "words.h"

bool rcuref_get_slowpath(rcuref_t *ref);
bool rcuref_put_slowpath(rcuref_t *ref, unsigned int cnt);

static inline void rcuref_init(rcuref_t *ref, unsigned int refs)
{
	atomic_set(&ref->refcnt, refs - 1);
}

/* Take a reference, to an object that RCU keeps in memory. */
static inline bool rcuref_get(rcuref_t *ref)
{
	if (!atomic_add_negative_relaxed(1, &ref->refcnt))
		return true;
	return rcuref_get_slowpath(ref);
}

/* Give a reference back; true if it was the last, and nobody gets one any more. */
static inline bool rcuref_put(rcuref_t *ref)
{
	bool last = false;
	int cnt;

	preempt_disable();
	cnt = atomic_sub_return_release(1, &ref->refcnt);
	if (cnt < 0)
		last = rcuref_put_slowpath(ref, cnt);
	preempt_enable();
	return last;
}

#include "slowpath.h"
