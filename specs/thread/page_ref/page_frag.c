// SPDX-License-Identifier: Apache-2.0
/*
 * A page that is handed out in fragments, as page_frag_alloc() does. All the
 * references that fragments may need, the bias, are added to the counter at
 * once; a fragment takes its own out of the bias, without the counter; what is
 * left of the bias is put back at once, when the page is used up or the cache
 * is drained. Whoever then reaches 0 has the page.
 *
 * One context at a time works on a cache (it is per CPU or per queue, with
 * softirqs off or a lock held); everybody else may hold, take and put
 * references, and look the page up.
 *
 * -D BY_RETURN: the bias is put back with page_ref_sub_return(), and its 0 is
 * taken for the last reference.
 * -D BIAS_BY_SET: the bias is stored over the count of 1 instead of being added.
 * which.h has the variants.
 */
#include <refproof.h>
#include "which.h"

#ifndef BIAS
#define BIAS (32768 + 1)		/* PAGE_FRAG_CACHE_MAX_SIZE + 1 */
#endif
#ifndef NR_MAX
#define NR_MAX 1024
#endif
#ifndef REFS_MAX
#define REFS_MAX (1 << 30)
#endif
#ifndef CONTEXTS
#define CONTEXTS (1 << 19)
#endif

CPUS(CONTEXTS);

struct page page;

GHOST bool allocated;
GHOST bool claimed;			/* someone with exclusive right works on it */
GHOST unsigned int bias;		/* references that the cache keeps for fragments */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */

#define HELD ((unsigned long)refs + in_use + bias)

#ifdef BY_RETURN
#define put_back(page, nr)	(page_ref_sub_return(page, nr) == 0)
#else
#define put_back(page, nr)	page_ref_sub_and_test(page, nr)
#endif

INIT
{
	set_free(&page);
}

/* A page from the allocator. Lookups may already have found it: the bias is added, not stored. */
ACTOR(refill)
{
	ASSUME(!allocated && !claimed);
	ASSUME(HELD <= REFS_MAX - BIAS);
	claimed = true;
	set_page_count(&page, 1);
	allocated = true;
	bias = 1;
#ifdef BIAS_BY_SET
	set_page_count(&page, BIAS);
#else
	page_ref_add(&page, BIAS - 1);
#endif
	bias = BIAS;
	claimed = false;
}

/*
 * A fragment. Each has at least one of the page's 32768 bytes, so that one of the
 * bias is always left.
 */
ACTOR(fragment)
{
	ASSUME(bias > 1 && !claimed);
	ASSUME(HELD <= REFS_MAX);
	bias -= 1;
	refs += 1;
}

ACTOR(lookup)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(HELD <= REFS_MAX - nr);
	if (try_get(&page, nr)) {
		CHECK("no-reference-while-free", allocated);
		refs += nr;
	}
}

/* skb_frag_ref() and the like */
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
	CHECK("freed-once", allocated);
	CHECK("not-freed-while-referenced", HELD == 0);
	allocated = false;
}

/* page_frag_free() */
ACTOR(put)
{
	ASSUME(refs > 0);
	refs -= 1;
	if (page_ref_dec_and_test(&page))
		destroy();
}

/* __page_frag_cache_drain() */
ACTOR(drain)
{
	int rest = ANY(1, BIAS);

	ASSUME(bias == rest && !claimed);
	bias = 0;
	if (put_back(&page, rest))
		destroy();
}

/* The page is used up. If no fragment is out, it is begun anew: "page count is 0, we can safely set it". */
ACTOR(reuse)
{
	int rest = ANY(1, BIAS);

	ASSUME(bias == rest && !claimed);
	bias = 0;
	if (put_back(&page, rest)) {
		CHECK("reused-by-its-only-owner", allocated && HELD == 0 && !claimed);
		claimed = true;
		set_page_count(&page, BIAS);
		bias = BIAS;
		claimed = false;
	}
}

ALWAYS("marked-while-free", allocated || claimed || marked_free(&page));
QUIESCENT("counted", !allocated || atomic_read(&page._refcount) == HELD);
QUIESCENT("no-leak", HELD > 0 || !allocated);

#if defined(V2)
/* Its assertion is true of every live count: who adds the bias stops there. */
EXPECT("no-bug/page_ref_add/1", REFUTED);
EXPECT("freed-once", VACUOUS);
EXPECT("not-freed-while-referenced", VACUOUS);
EXPECT("reused-by-its-only-owner", VACUOUS);
#ifdef BY_RETURN
EXPECT("no-bug/page_ref_sub_return/1", VACUOUS);
#endif
#elif defined(BIAS_BY_SET) || (defined(BY_RETURN) && !defined(MAINLINE))
EXPECT("no-reference-while-free", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
EXPECT("reused-by-its-only-owner", REFUTED);
EXPECT("marked-while-free", REFUTED);
EXPECT("counted", REFUTED);
EXPECT("no-leak", REFUTED);
#if defined(V3) || defined(V5)
EXPECT("no-warn/page_ref_add/1", REFUTED);
#endif
#ifdef V5
EXPECT("no-warn/page_ref_dec_and_test/1", REFUTED);
#ifndef BY_RETURN
EXPECT("no-warn/page_ref_sub_and_test/1", REFUTED);
#endif
#endif
#endif
