/* SPDX-License-Identifier: Apache-2.0 */
/* Lookups raise the count only while the lock is free, or while they hold it. */
#include "counter.h"

/* Take a reference unless the object is dead. */
static inline bool lockref_get_not_dead(struct lockref *ref)
{
	unsigned int count = lockref_count(atomic_read(&ref->word));

	while (count < LOCKREF_SIGN) {
		unsigned int old = atomic_cmpxchg_relaxed(&ref->word, lockref_word(count), lockref_word(count + 1));

		if (old == lockref_word(count))
			return true;
		if (old & LOCKREF_LOCK)
			break;
		count = lockref_count(old);
	}

	if (lockref_lock(ref) >= LOCKREF_SIGN) {
		lockref_unlock(ref);
		return false;
	}
	lockref_unlock_add(ref, 1);
	return true;
}
