/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Mainline from 6.11 on, in our own words: a lookup enters a read-side section
 * and looks whether the count is writable before it writes. 6.11 to 6.13 look
 * for a fake head first and at the count second; with --kernel a spec includes
 * the kernel's own header, and Debian's 6.12 has it so. Later mainline reads
 * the count first, in page_count_writable() of <linux/page-flags.h>.
 */
#include <linux/page-flags.h>
#include <linux/rcupdate.h>

#include "mainline_6_1.h"

static inline bool page_ref_add_unless_fake_head_first(struct page *page, int nr, int u)
{
	bool ret;

	rcu_read_lock();
	ret = !page_is_fake_head(page) && page_ref_count(page) != u &&
	      atomic_add_unless(&page->_refcount, nr, u);
	rcu_read_unlock();
	return ret;
}

static inline bool page_ref_add_unless_count_first(struct page *page, int nr, int u)
{
	bool ret;

	rcu_read_lock();
	ret = page_count_writable(page, u) && atomic_add_unless(&page->_refcount, nr, u);
	rcu_read_unlock();
	return ret;
}
