// SPDX-License-Identifier: Apache-2.0
/*
 * The first version of the patch, and whoever leaves a page with a plain 0 that
 * no put leads away from. Each has a knob that stores the locked bit instead.
 * Pages that are handed out with the count left alone are in lifecycle.h: they
 * hold what a free page holds.
 */
#include <refproof.h>
#include "../../page_ref/variants/locked_bit.h"

static inline void producer(struct page *page, bool repaired)
{
	if (repaired)
		set_page_locked_count(page);
	else
		set_page_count(page, 0);
}

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	producer(page, KNOB("boot"))
#define set_tail(page)		producer(page, KNOB("tail"))
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "../../page_ref/lifecycle.h"

/* vmemmap_get_tail(): a shared tail page whose count is 0 because its memory came zeroed. */
ACTOR(map_shared_tail)
{
	ASSUME(online && !allocated && !claimed);
	claimed = true;
	producer(&page, KNOB("vmemmap"));
	claimed = false;
	allocated = true;
	frozen = true;
}

EXPECT("no-reference-while-free", REFUTED);
EXPECT("no-reference-while-frozen", REFUTED);
EXPECT("freed-once", REFUTED);
