/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A page that becomes a tail page of a huge page whose vmemmap is optimized
 * (HVO): its struct page is remapped to the head's, which it shows from then on,
 * read-only. A speculative walker may still come by, without a reference.
 *
 * A variant includes the header under test and then this file. It must provide:
 *
 *	try_get(page)		lookup without a reference: true if one was taken
 *	FROZEN			the value of a frozen count
 *
 * NO_GRACE_PERIOD, if defined, leaves out synchronize_rcu().
 *
 * What the head's owner does to the head's count goes through a writable
 * mapping of its own. Those stores are in ATOMICALLY, which NO_STORE passes over.
 */
#include <linux/page-flags.h>
#include <linux/rcupdate.h>

#ifndef REFS_MAX
#define REFS_MAX (1 << 30)		/* references to the head */
#endif

#ifdef NO_GRACE_PERIOD
#define grace_period()	do { } while (0)
#else
#define grace_period()	synchronize_rcu()
#endif

CPUS(1 << 19);

struct page page;

GHOST bool frozen;			/* the owner of the count froze it */
GHOST bool read_only;			/* the struct page is mapped so, and is the head's */
GHOST unsigned int refs;		/* references that walkers hold */

INIT
{
	init_page_count(&page);
}

/*
 * Compaction and the like: it saw the page as a folio of its own, and holds no
 * reference yet.
 */
ACTOR(walk)
{
	if (try_get(&page)) {
		CHECK("no-reference-while-frozen", !frozen && !read_only);
		refs += 1;
		CHECK("not-freed-while-owned", !page_ref_dec_and_test(&page));
		refs -= 1;
	}
}

/*
 * The owner of the page makes it a tail page of a huge page, and at last a page
 * of its own again.
 */
ACTOR_LIMIT(1, optimize)
{
	if (!page_ref_freeze(&page, 1))
		return;
	CHECK("freeze-owns-all", refs == 0);
	frozen = true;

	grace_period();
	ATOMICALLY {			/* one page table entry */
		WRITE_ONCE(page.flags, 1UL << PG_head);
		atomic_set(&page._refcount, FROZEN);
		read_only = true;
	}
	ATOMICALLY {			/* the head is unfrozen, and handed out */
		atomic_set(&page._refcount, 1);
		frozen = false;
	}
	ATOMICALLY {			/* ... given back, and frozen */
		atomic_set(&page._refcount, FROZEN);
		frozen = true;
	}
	grace_period();
	ATOMICALLY {			/* one page table entry; the page is a tail page */
		WRITE_ONCE(page.flags, 0);
		atomic_set(&page._refcount, FROZEN);
		read_only = false;
	}
	page_ref_unfreeze(&page, 1);
	frozen = false;
}

/* Whatever is done to the count of the head while it is in use. */
ACTOR(head)
{
	int count = ANY(1, REFS_MAX);

	ASSUME(read_only && !frozen);
	ATOMICALLY {
		atomic_set(&page._refcount, count);
	}
}

NO_STORE("no-store-to-read-only", page._refcount, read_only);
