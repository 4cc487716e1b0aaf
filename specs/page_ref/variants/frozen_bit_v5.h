/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The frozen bit, fifth version, in our own words: gets and puts warn on a
 * frozen count, which they read before they change it.
 */
#include "locked_bit_word.h"

static inline void page_ref_add(struct page *page, int nr)
{
	VM_WARN_ON(atomic_read(&page->_refcount) & PAGE_REF_LOCKED);
	atomic_add(nr, &page->_refcount);
}

static inline int page_ref_sub_and_test(struct page *page, int nr)
{
	int ret;

	VM_WARN_ON(atomic_read(&page->_refcount) & PAGE_REF_LOCKED);
	ret = atomic_sub_and_test(nr, &page->_refcount);
	if (ret)
		ret = !atomic_cmpxchg_relaxed(&page->_refcount, 0, PAGE_REF_LOCKED);
	return ret;
}

static inline int page_ref_dec_and_test(struct page *page)
{
	int ret;

	VM_WARN_ON(atomic_read(&page->_refcount) & PAGE_REF_LOCKED);
	ret = atomic_dec_and_test(&page->_refcount);
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
