/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an object that is looked up under RCU, and counted by a rcuref_t.
 *
 * RCU keeps the memory of the object for all that may still come by, also when
 * it is dead: one life is all that the word sees. A variant includes the
 * counter under test and then this file.
 */
#ifndef REFS_MAX
#define REFS_MAX (1UL << 31)		/* live references: all that the word counts */
#endif

#ifndef CONTEXTS
#define CONTEXTS (1 << 19)
#endif
CPUS(CONTEXTS);

struct object {
	rcuref_t ref;
};

struct object object;

GHOST bool dead;			/* the last reference was put */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */
GHOST unsigned int wanted;		/* references that a lookup may be about to get */

#define HELD ((unsigned long)refs + in_use)

INIT
{
	rcuref_init(&object.ref, 1);
	refs = 1;
}

/* A lookup in a table that holds no reference of its own. */
ACTOR(lookup)
{
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	wanted += 1;
	if (rcuref_get(&object.ref)) {
		CHECK("no-reference-when-dead", !dead);
		refs += 1;
	}
	wanted -= 1;
}

/* The caller holds a reference all the while. */
ACTOR(get)
{
	ASSUME(refs > 0);
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	refs -= 1;
	in_use += 1;
	CHECK("owner-gets", rcuref_get(&object.ref));
	in_use -= 1;
	refs += 2;
}

ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (rcuref_put(&object.ref)) {
		CHECK("freed-once", !dead);
		CHECK("not-freed-while-referenced", HELD == 0);
		dead = true;
	}
}

ALWAYS("never-overflows", dead || (int)atomic_read(&object.ref.refcnt) >= -1);
ALWAYS("dead-for-ever", !dead || atomic_read(&object.ref.refcnt) >= RCUREF_RELEASED);
QUIESCENT("no-leak", HELD > 0 || dead);
