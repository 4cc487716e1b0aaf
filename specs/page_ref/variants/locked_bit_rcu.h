/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What locked_bit.h leaves out of the first version of the patch: try_get in a
 * read-side section, and only where the count is writable. A count that reads
 * as zero, with or without the bit, is not.
 */
#include <linux/page-flags.h>
#include <linux/rcupdate.h>

#include "locked_bit.h"

/* The two reads in the order of page_count_writable(). */
static inline bool page_ref_get_count_first(struct page *page, int nr)
{
	bool ret;
	int val;

	rcu_read_lock();
	val = atomic_read_acquire(&page->_refcount);
	ret = val != 0 && !(val & PAGE_REF_LOCKED) && !page_is_fake_head(page) &&
	      page_ref_add_unless_zero(page, nr);
	rcu_read_unlock();
	return ret;
}

static inline bool page_ref_get_fake_head_first(struct page *page, int nr)
{
	bool ret;

	rcu_read_lock();
	ret = !page_is_fake_head(page) && page_ref_count(page) != 0 &&
	      page_ref_add_unless_zero(page, nr);
	rcu_read_unlock();
	return ret;
}
