/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Page reference counter with a locked bit (the patch, first version), in our
 * own words. try_get is an unconditional add whose result is tested for the
 * bit; strays that failed gets leave above the bit are swept away before they
 * can reach the next power of two.
 *
 * Not rendered: that version also enters an RCU read-side section and asks
 * page_count_writable() first. Both concern pages whose counter may turn
 * read-only, and this lifecycle has none.
 */
#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>

#ifndef PAGE_REF_BITS
#define PAGE_REF_BITS	32		/* smaller only in narrow test compilations */
#endif
#define PAGE_REF_LOCKED	(1U << (PAGE_REF_BITS - 1))
#define PAGE_REF_SWEEP	(PAGE_REF_LOCKED | 1U << (PAGE_REF_BITS - 2))

static inline int page_ref_count(const struct page *page)
{
	int val = atomic_read(&page->_refcount);

	return val & PAGE_REF_LOCKED ? 0 : val;
}

static inline int page_count(const struct page *page)
{
	return page_ref_count(page);
}

static inline void set_page_count(struct page *page, int v)
{
	atomic_set(&page->_refcount, v);
}

static inline void set_page_locked_count(struct page *page)
{
	set_page_count(page, PAGE_REF_LOCKED);
}

static inline void init_page_count(struct page *page)
{
	set_page_count(page, 1);
}

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

static inline int page_ref_freeze(struct page *page, int count)
{
	return likely(atomic_cmpxchg(&page->_refcount, count, PAGE_REF_LOCKED) == count);
}

static inline void page_ref_unfreeze(struct page *page, int count)
{
	VM_BUG_ON_PAGE(page_count(page) != 0, page);
	VM_BUG_ON(count == 0);
	atomic_set_release(&page->_refcount, count);
}
