/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an object in type-stable memory, counted by a refcount_t.
 *
 * Freed objects stay objects of the same type: a lookup may still reach one,
 * or the next object in its place, and relies on inc_not_zero. A variant
 * includes the counter under test and then this file.
 */
#ifndef REFS_MAX
#define REFS_MAX (1 << 30)		/* live references: saturation is out of reach */
#endif

#ifndef CONTEXTS
#define CONTEXTS (1 << 19)
#endif
CPUS(CONTEXTS);

struct object {
	refcount_t refcount;
};

struct object object;

GHOST bool allocated;			/* the object exists */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */
GHOST unsigned int wanted;		/* references that a lookup may be about to get */

#define HELD ((unsigned long)refs + in_use)

INIT
{
	refcount_set(&object.refcount, 0);
}

ACTOR(allocate)
{
	ASSUME(!allocated);
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	refcount_set(&object.refcount, 1);
	allocated = true;
	refs += 1;
}

/* A lookup in a table that holds no reference of its own. */
ACTOR(lookup)
{
	ASSUME(HELD + wanted <= REFS_MAX - 1);
	wanted += 1;
	if (refcount_inc_not_zero(&object.refcount)) {
		CHECK("no-reference-while-free", allocated);
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
	refcount_inc(&object.refcount);
	in_use -= 1;
	refs += 2;
}

ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (refcount_dec_and_test(&object.refcount)) {
		CHECK("freed-once", allocated);
		CHECK("not-freed-while-referenced", HELD == 0);
		allocated = false;
	}
}

ALWAYS("zero-while-free", allocated || refcount_read(&object.refcount) == 0);
ALWAYS("never-saturated", (int)refcount_read(&object.refcount) >= 0);
QUIESCENT("no-leak", HELD > 0 || !allocated);
