/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The word of the page reference counter with a locked bit, and those of its
 * operations that all versions of the patch share.
 *
 *	1 .. 2^31 - 1	live
 *	0		in transit: someone is about to free it, and may be overtaken
 *	2^31 ..		frozen, or in the allocator; failed gets leave strays
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
