/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locked bit as first proposed (RFC), in our own words: a failed get tries
 * once to take its stray away, and ignores whether it could.
 */
#include "locked_bit_word.h"

static inline void page_ref_add(struct page *page, int nr)
{
	atomic_add(nr, &page->_refcount);
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

	if (unlikely(!ret))
		atomic_cmpxchg_relaxed(&page->_refcount, val, PAGE_REF_LOCKED);
	return ret;
}
