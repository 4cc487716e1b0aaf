/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an object that is counted by a lockref, in the manner of a
 * directory entry: lookups find it without a reference, and whoever gives back
 * the last one kills it with the lock held.
 *
 * Memory is type-stable: a dead object may be found, and may be born again. A
 * variant includes the counter under test and then this file.
 */
#ifndef REFS_MAX
#define REFS_MAX (1 << 29)		/* live references: far from the dead mark */
#endif

CPUS(1 << 19);

struct lockref object;

GHOST bool allocated;			/* the object is alive */
GHOST bool owned;			/* someone holds the lock between two calls */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */
GHOST unsigned int wanted;		/* references that a lookup may be about to get */

#define HELD ((unsigned long)refs + in_use)

INIT
{
	lockref_mark_dead(&object);
	lockref_unlock(&object);
}

ACTOR(lookup)
{
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	wanted += 1;
	if (lockref_get_not_dead(&object)) {
		CHECK("no-reference-while-dead", allocated);
		refs += 1;
	}
	wanted -= 1;
}

ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	in_use += 1;
	if (lockref_put_or_lock(&object)) {
		in_use -= 1;
	} else {
		CHECK("lock-excludes/put", !owned);
		owned = true;
		lockref_mark_dead(&object);
		CHECK("freed-once", allocated);
		CHECK("not-freed-while-referenced", refs == 0 && in_use == 1);
		in_use -= 1;
		allocated = false;
		owned = false;
		lockref_unlock(&object);
	}
}

/* Born, or born again: the holder of the lock revives the dead object. */
ACTOR_LIMIT(1, allocate)
{
	ASSUME(!allocated);
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	wanted += 1;
	lockref_lock(&object);
	CHECK("lock-excludes/allocate", !owned);
	lockref_unlock_born(&object);
	allocated = true;
	wanted -= 1;
	refs += 1;
}

ALWAYS("dead-while-free", allocated || owned || lockref_count(atomic_read(&object.word)) >= LOCKREF_SIGN);
QUIESCENT("no-leak", HELD > 0 || !allocated);
