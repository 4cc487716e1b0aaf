/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one page, as its reference counter sees it.
 *
 * A variant includes the header under test, says how pages enter the
 * allocator and what marks a page that has no owner, and then includes this
 * file. It must provide, as functions or macros:
 *
 *	try_get(page, nr)	lookup without a reference: true if nr were taken
 *	enter_allocator(page)	what __free_pages_core() does to the counter
 *	set_tail(page)		what prep_compound_tail() does to the counter
 *	marked_free(page)	the counter of an ownerless page, as it must read
 */
#ifndef NR_MAX
#define NR_MAX 1024			/* GUP_PIN_COUNTING_BIAS: one pin */
#endif
#ifndef REFS_MAX
#define REFS_MAX (1 << 30)		/* live references */
#endif

CPUS(1 << 19);

struct page page;

GHOST bool online;			/* the page allocator knows the page */
GHOST bool allocated;			/* the page has an owner */
GHOST bool frozen;			/* ... who froze its count */
GHOST bool claimed;			/* someone with exclusive right works on it */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */

#define HELD ((unsigned long)refs + in_use)

INIT
{
	init_page_count(&page);		/* __init_single_page() */
}

/* __free_pages_core(): boot, or memory hotplug. Nobody can look it up before. */
ACTOR_MAX(1, boot)
{
	ASSUME(!online && !claimed);
	claimed = true;
	enter_allocator(&page);
	claimed = false;
	online = true;
}

/* folio_try_get(), get_user_pages_fast(), page cache lookups: no reference held. */
ACTOR(lookup)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(online);
	ASSUME(HELD <= REFS_MAX - nr);
	if (try_get(&page, nr)) {
		CHECK("no-reference-while-free", allocated);
		CHECK("no-reference-while-frozen", !frozen);
		refs += nr;
	}
}

/* get_page() and friends: the caller holds a reference all the while. */
ACTOR(get)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(refs > 0);
	ASSUME(HELD <= REFS_MAX - nr);
	refs -= 1;
	in_use += 1;
	page_ref_add(&page, nr);
	in_use -= 1;
	refs += 1 + nr;
}

static inline void destroy(void)
{
	CHECK("freed-once", allocated && !frozen);
	CHECK("not-freed-while-referenced", HELD == 0);
	allocated = false;
}

/* put_page() */
ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (page_ref_dec_and_test(&page))
		destroy();
}

/* folio_put_refs(), unpinning */
ACTOR(put_many)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(refs >= nr);
	refs -= nr;
	if (page_ref_sub_and_test(&page, nr))
		destroy();
}

/* Migration, splitting, reclaim: the caller believes that it holds them all. */
ACTOR(freeze)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(refs >= nr);
	refs -= nr;
	in_use += nr;
	if (page_ref_freeze(&page, nr)) {
		CHECK("freeze-owns-all", refs == 0 && in_use == nr);
		in_use -= nr;
		frozen = true;
	} else {
		in_use -= nr;
		refs += nr;
	}
}

ACTOR(unfreeze)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(allocated && frozen && !claimed);
	ASSUME(HELD <= REFS_MAX - nr);
	claimed = true;
	in_use += nr;			/* the references it is about to hand out */
	page_ref_unfreeze(&page, nr);
	claimed = false;
	frozen = false;
	in_use -= nr;
	refs += nr;
}

/* set_page_refcounted() on the way out of the allocator */
ACTOR(allocate)
{
	ASSUME(online && !allocated && !claimed);
	ASSUME(HELD <= REFS_MAX - 1);
	claimed = true;
	set_page_count(&page, 1);
	claimed = false;
	allocated = true;
	refs += 1;
}

/* An allocation whose caller wants the count frozen: the counter is left alone. */
ACTOR(allocate_frozen)
{
	ASSUME(online && !allocated && !claimed);
	allocated = true;
	frozen = true;
}

/* A tail page of a compound page: its own count stays frozen. */
ACTOR(prep_tail)
{
	ASSUME(online && !allocated && !claimed);
	claimed = true;
	set_tail(&page);
	claimed = false;
	allocated = true;
	frozen = true;
}

/* The owner of a frozen page gives it back as it is. */
ACTOR(free_frozen)
{
	ASSUME(allocated && frozen && !claimed);
	allocated = false;
	frozen = false;
}

ALWAYS("marked-while-free", allocated || !online || claimed || marked_free(&page));
ALWAYS("marked-while-frozen", !allocated || !frozen || claimed || marked_free(&page));
QUIESCENT("no-leak", HELD > 0 || !allocated || frozen);
