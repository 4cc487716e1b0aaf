/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The locked bit without the sweep: failed gets leave their strays above the
 * bit, and nothing takes them away again.
 */
#include "locked_bit.h"

static inline bool page_ref_add_unless_zero_unswept(struct page *page, int nr)
{
	return !(atomic_add_return(nr, &page->_refcount) & PAGE_REF_LOCKED);
}
