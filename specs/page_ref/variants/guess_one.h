/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sketch from the discussion, in our own words: instead of reading the count
 * first, guess that it is 1 and let the compare-and-swap correct the guess. It
 * has the parameters of page_ref_add_unless() and uses neither; all else is
 * mainline.
 */
#include "mainline_6_1.h"

static inline bool page_ref_add_unless_guess(struct page *page, int nr, int u)
{
	int old = 1;
	bool ok;

	do {
		ok = atomic_try_cmpxchg(&page->_refcount, &old, old + 1);
		if (ok)
			break;
	} while (old);
	return ok;
}
