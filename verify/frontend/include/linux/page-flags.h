/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: which folio a page belongs to. Every page that a specification names is a head page. */
#ifndef REFPROOF_LINUX_PAGE_FLAGS_H
#define REFPROOF_LINUX_PAGE_FLAGS_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>
#include <linux/rcupdate.h>

#define compound_head(page) ((struct page *)(page))
#define page_folio(page) ((struct folio *)compound_head(page))
#define folio_page(folio, n) (&(folio)->page + (n))

enum pageflags {
	PG_head = 6
};

/*
 * A tail page whose struct page is remapped shows that of the head page: the head bit, and the head's count. A
 * specification sets the bit where it remaps; a compound page with a head of its own is not modelled.
 */
static inline int page_is_fake_head(const struct page *page)
{
	return !!(READ_ONCE(page->flags) & (1UL << PG_head));
}

/* Whether the count may be written, unless it is u. The count is read first, as later mainline does. */
static inline bool page_count_writable(const struct page *page, int u)
{
	if (atomic_read_acquire(&page->_refcount) == u)
		return false;
	return !page_is_fake_head(page);
}

#endif
