/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bit, now called frozen, third and fourth version, in our own words.
 * Gets warn on a frozen count; puts warn on what they computed, which is the
 * truth value that they return and not the count.
 */
#include "locked_bit_word.h"

static inline void page_ref_add(struct page *page, int nr)
{
	VM_WARN_ON(atomic_read(&page->_refcount) & PAGE_REF_LOCKED);
	atomic_add(nr, &page->_refcount);
}

static inline int page_ref_sub_and_test(struct page *page, int nr)
{
	int ret = atomic_sub_and_test(nr, &page->_refcount);

	VM_WARN_ON((ret + nr) & PAGE_REF_LOCKED);
	if (ret)
		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);
	return ret;
}

static inline int page_ref_dec_and_test(struct page *page)
{
	int ret = atomic_dec_and_test(&page->_refcount);

	VM_WARN_ON((ret + 1) & PAGE_REF_LOCKED);
	if (ret)
		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);
	return ret;
}

/* Unlike the first version, a successful sweep ends the loop. */
static inline bool page_ref_add_unless_frozen(struct page *page, int nr)
{
	int val = atomic_add_return(nr, &page->_refcount);
	bool ret = !(val & PAGE_REF_LOCKED);

	while (unlikely((unsigned int)val >= PAGE_REF_SWEEP)) {
		if (atomic_try_cmpxchg_relaxed(&page->_refcount, &val, PAGE_REF_LOCKED))
			break;
	}
	return ret;
}
