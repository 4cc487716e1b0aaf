/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reference counter and its lock in one word, in the manner of the kernel's
 * lockref, in our own words. While the lock is free, a compare-and-swap of the
 * whole word changes the count; whoever holds the lock changes the count
 * alone. A negative count marks a dead object.
 *
 * A variant includes this and adds lockref_get_not_dead().
 */
#include <linux/atomic.h>
#include <linux/types.h>

#ifndef LOCKREF_BITS
#define LOCKREF_BITS	32		/* smaller only in narrow test compilations */
#define LOCKREF_MARK	128
#endif
#define LOCKREF_LOCK	1U
#define LOCKREF_ONE	2U		/* one reference: the count is above the lock */
#define LOCKREF_DEAD	((1U << (LOCKREF_BITS - 1)) - LOCKREF_MARK)
#define LOCKREF_SIGN	(1U << (LOCKREF_BITS - 2))

struct lockref {
	atomic_t word;
};

static inline unsigned int lockref_word(unsigned int count)
{
	return count << 1;
}

static inline unsigned int lockref_count(unsigned int word)
{
	return word >> 1;
}

/* Returns the count. Nobody else changes it until lockref_unlock(). */
static inline unsigned int lockref_lock(struct lockref *ref)
{
	unsigned int old;

	do {
		old = atomic_fetch_or_acquire(LOCKREF_LOCK, &ref->word);
	} while (old & LOCKREF_LOCK);
	return lockref_count(old);
}

static inline void lockref_unlock(struct lockref *ref)
{
	atomic_fetch_sub_release(LOCKREF_LOCK, &ref->word);
}

/* The holder of the lock: change the count by n references and let go of the lock. */
static inline void lockref_unlock_add(struct lockref *ref, int n)
{
	atomic_fetch_add_release(n * LOCKREF_ONE - LOCKREF_LOCK, &ref->word);
}

/* The holder of the lock: nobody may take a reference any more. */
static inline void lockref_mark_dead(struct lockref *ref)
{
	atomic_set(&ref->word, lockref_word(LOCKREF_DEAD) | LOCKREF_LOCK);
}

/* The holder of the lock: the object is born with one reference, and unlocked. */
static inline void lockref_unlock_born(struct lockref *ref)
{
	atomic_set_release(&ref->word, LOCKREF_ONE);
}

/*
 * Give a reference back, unless it may be the last one, or the object is dead:
 * then return false with the lock held and the count as it was.
 */
static inline bool lockref_put_or_lock(struct lockref *ref)
{
	unsigned int count = lockref_count(atomic_read(&ref->word));

	for (;;) {
		unsigned int old;

		if (count > 1 && count < LOCKREF_SIGN) {
			old = atomic_cmpxchg_release(&ref->word, lockref_word(count), lockref_word(count - 1));
			if (old == lockref_word(count))
				return true;
		} else {
			old = atomic_cmpxchg(&ref->word, lockref_word(count), lockref_word(count) | LOCKREF_LOCK);
			if (old == lockref_word(count))
				return false;
		}
		count = lockref_count(old);
	}
}
