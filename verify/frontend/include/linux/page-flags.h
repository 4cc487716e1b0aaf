/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: which folio a page belongs to. Every page that a specification names is a head page. */
#ifndef REFPROOF_LINUX_PAGE_FLAGS_H
#define REFPROOF_LINUX_PAGE_FLAGS_H

#include <linux/bug.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>

#define compound_head(page) ((struct page *)(page))
#define page_folio(page) ((struct folio *)compound_head(page))
#define folio_page(folio, n) (&(folio)->page + (n))

#endif
