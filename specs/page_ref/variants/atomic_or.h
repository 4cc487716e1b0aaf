/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An idea that was argued against: as the first version, but a put that
 * reaches 0 sets the bit whatever the count has become meanwhile.
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
		atomic_or(PAGE_REF_LOCKED, &page->_refcount);
	return ret;
}

static inline int page_ref_dec_and_test(struct page *page)
{
	int ret = atomic_dec_and_test(&page->_refcount);

	if (ret)
		atomic_or(PAGE_REF_LOCKED, &page->_refcount);
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
