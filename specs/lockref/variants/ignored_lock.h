/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One defect: the compare-and-swap of lockref_get_not_dead() takes the word as
 * it is, so it also raises the count while somebody else holds the lock and
 * relies on it.
 */
#include "counter.h"

/* Take a reference unless the object is dead. */
static inline bool lockref_get_not_dead(struct lockref *ref)
{
	unsigned int word = atomic_read(&ref->word);

	while (lockref_count(word) < LOCKREF_SIGN) {
		unsigned int old = atomic_cmpxchg_relaxed(&ref->word, word, word + LOCKREF_ONE);

		if (old == word)
			return true;
		word = old;
	}

	if (lockref_lock(ref) >= LOCKREF_SIGN) {
		lockref_unlock(ref);
		return false;
	}
	lockref_unlock_add(ref, 1);
	return true;
}
