/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page reference counter with a locked bit (the patch, first version), in our
 * own words. try_get is an unconditional add whose result is tested for the
 * bit; strays that failed gets leave above the bit are swept away before they
 * can reach the next power of two.
 *
 * Not rendered: that version also enters an RCU read-side section and asks
 * page_count_writable() first. Both concern pages whose counter may turn
 * read-only, and this lifecycle has none; see locked_bit_rcu.h.
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

	while (unlikely((unsigned int)val >= PAGE_REF_SWEEP))
		val = atomic_cmpxchg_relaxed(&page->_refcount, val, PAGE_REF_LOCKED);
	return ret;
}
