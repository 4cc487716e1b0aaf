/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page that becomes a tail page of a huge page whose vmemmap is optimized
 * (HVO): its struct page is remapped to the head's, which it shows from then on,
 * read-only. A speculative walker may still come by, without a reference.
 *
 * A variant includes the header under test and then this file. It must provide:
 *
 *	try_get(page, nr)	lookup without a reference: true if nr were taken
 *	FROZEN			the value of a frozen count
 *
 * NO_GRACE_PERIOD, if defined, leaves out synchronize_rcu().
 *
 * What the head's owner does to the head's count goes through a writable
 * mapping of its own. Those stores are in ATOMICALLY, which NO_STORE passes over.
 */
#include <linux/page-flags.h>
#include <linux/rcupdate.h>

#ifndef NR_MAX
#define NR_MAX 1024			/* GUP_PIN_COUNTING_BIAS: one pin */
#endif
#ifndef REFS_MAX
#define REFS_MAX (1 << 30)		/* live references */
#endif

#ifdef NO_GRACE_PERIOD
#define grace_period()	do { } while (0)
#else
#define grace_period()	synchronize_rcu()
#endif

CPUS(1 << 19);

struct page page;

GHOST bool frozen;			/* its owner froze the count */
GHOST bool read_only;			/* the mapping of its struct page */
GHOST bool shown;			/* it shows the count of a head that is in use */
GHOST unsigned int refs = 1;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */

#define HELD ((unsigned long)refs + in_use)

INIT
{
	init_page_count(&page);
}

/* Compaction and the like: it saw the page as a folio of its own, and holds no reference. */
ACTOR(walk)
{
	int nr = ANY(1, NR_MAX);

	ASSUME(HELD <= REFS_MAX - nr);
	if (try_get(&page, nr)) {
		CHECK("no-reference-while-frozen", !frozen && !read_only);
		refs += nr;
	}
}

/* Another reference is given back; the owner of the page keeps its own. */
ACTOR(put)
{
	ASSUME(refs > 1);
	refs -= 1;
	page_ref_dec_and_test(&page);
}

/* The owner makes it a tail page of a huge page, and at last a page of its own again. */
ACTOR_LIMIT(1, optimize)
{
	ASSUME(refs > 0);
	refs -= 1;
	in_use += 1;
	if (!page_ref_freeze(&page, 1)) {
		in_use -= 1;
		refs += 1;
		return;
	}
	CHECK("freeze-owns-all", refs == 0 && in_use == 1);
	in_use -= 1;
	frozen = true;

	grace_period();
	ATOMICALLY {			/* one page table entry */
		WRITE_ONCE(page.flags, 1UL << PG_head);
		atomic_set(&page._refcount, FROZEN);
		read_only = true;
	}
	ATOMICALLY {			/* the head is unfrozen, and handed out */
		atomic_set(&page._refcount, 1);
		shown = true;
	}
	ATOMICALLY {			/* ... given back, and frozen */
		atomic_set(&page._refcount, FROZEN);
		shown = false;
	}
	grace_period();
	ATOMICALLY {			/* one page table entry; the page is a tail page */
		WRITE_ONCE(page.flags, 0);
		atomic_set(&page._refcount, FROZEN);
		read_only = false;
	}
	frozen = false;
	in_use += 1;
	page_ref_unfreeze(&page, 1);
	in_use -= 1;
	refs += 1;
}

/* Whatever is done to the count of the head while it is in use. */
ACTOR(head)
{
	int count = ANY(1, REFS_MAX);

	ASSUME(shown);
	ATOMICALLY {
		atomic_set(&page._refcount, count);
	}
}

NO_STORE("no-store-to-read-only", page._refcount, read_only);
