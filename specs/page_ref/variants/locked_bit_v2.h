/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locked bit, second version, in our own words: as the first, and a holder
 * that takes more asserts something about the count it sees. What it asserts
 * is rendered as it stood: the condition of a BUG, true of every live count.
 */
#include "locked_bit_word.h"

static inline bool page_ref_live(int count)
{
	return count > 0 && !((count & PAGE_REF_LOCKED) != 0);
}

static inline void page_ref_add(struct page *page, int nr)
{
	VM_BUG_ON(page_ref_live(page_ref_count(page)));
	atomic_add(nr, &page->_refcount);
}

static inline int page_ref_inc_return(struct page *page)
{
	int ret = atomic_inc_return(&page->_refcount);

	VM_BUG_ON(page_ref_live(ret - 1));
	return ret;
}

static inline int page_ref_sub_return(struct page *page, int nr)
{
	int ret = atomic_sub_return(nr, &page->_refcount);

	VM_BUG_ON(page_ref_live(ret + nr));
	return ret;
}

static inline int page_ref_dec_return(struct page *page)
{
	int ret = atomic_dec_return(&page->_refcount);

	VM_BUG_ON(page_ref_live(ret + 1));
	return ret;
}

static inline int page_ref_sub_and_test(struct page *page, int nr)
{
	int ret = atomic_sub_and_test(nr, &page->_refcount);

	if (ret)
		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);
	return ret;
}

static inline int page_ref_dec_and_test(struct page *page)
{
	int ret = atomic_dec_and_test(&page->_refcount);

	if (ret)
		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);
	return ret;
}

static inline bool page_ref_add_unless_zero(struct page *page, int nr)
{
	int val = atomic_add_return(nr, &page->_refcount);
	bool ret = !(val & PAGE_REF_LOCKED);

	while (unlikely((unsigned int)val >= PAGE_REF_SWEEP))
		val = atomic_cmpxchg_relaxed(&page->_refcount, val, PAGE_REF_LOCKED);
	return ret;
}
