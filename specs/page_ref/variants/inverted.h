/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bit the other way round: set while the page is live, so that memory that
 * comes zeroed is already locked. The thread has only the idea; the operations
 * are ours, each the first version's with the meaning of the bit turned round.
 *
 *	2^31 + 1 ..	live; the low bits are the count
 *	2^31		in transit
 *	0 ..		frozen, or in the allocator; failed gets leave strays
 */
#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>

#ifndef PAGE_REF_BITS
#define PAGE_REF_BITS	32		/* smaller only in narrow test compilations */
#endif
#define PAGE_REF_LIVE	(1U << (PAGE_REF_BITS - 1))
#define PAGE_REF_SWEEP	(1U << (PAGE_REF_BITS - 2))

static inline int page_ref_count(const struct page *page)
{
	int val = atomic_read(&page->_refcount);

	return val & PAGE_REF_LIVE ? val & ~PAGE_REF_LIVE : 0;
}

static inline int page_count(const struct page *page)
{
	return page_ref_count(page);
}

static inline void set_page_count(struct page *page, int v)
{
	atomic_set(&page->_refcount, PAGE_REF_LIVE | v);
}

static inline void set_page_locked_count(struct page *page)
{
	atomic_set(&page->_refcount, 0);
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
	int ret = atomic_sub_return(nr, &page->_refcount) == (int)PAGE_REF_LIVE;

	if (ret)
		ret = atomic_cmpxchg_relaxed(&page->_refcount, PAGE_REF_LIVE, 0) == (int)PAGE_REF_LIVE;
	return ret;
}

static inline int page_ref_dec_and_test(struct page *page)
{
	return page_ref_sub_and_test(page, 1);
}

static inline bool page_ref_add_unless_zero(struct page *page, int nr)
{
	int val = atomic_add_return(nr, &page->_refcount);
	bool ret = val & PAGE_REF_LIVE;

	while (unlikely(!(val & PAGE_REF_LIVE) && (unsigned int)val >= PAGE_REF_SWEEP))
		val = atomic_cmpxchg_relaxed(&page->_refcount, val, 0);
	return ret;
}

static inline int page_ref_freeze(struct page *page, int count)
{
	int live = PAGE_REF_LIVE | count;

	return likely(atomic_cmpxchg(&page->_refcount, live, 0) == live);
}

static inline void page_ref_unfreeze(struct page *page, int count)
{
	VM_BUG_ON_PAGE(page_count(page) != 0, page);
	VM_BUG_ON(count == 0);
	atomic_set_release(&page->_refcount, PAGE_REF_LIVE | count);
}
