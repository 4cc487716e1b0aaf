/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations that return the count, in our own words, for the variants
 * whose headers have them as mainline does. They stop where the count is
 * computed: one that reaches 0 leaves a 0 without the bit. The second version's
 * assert something about the count, and are in locked_bit_v2.h.
 */
static inline int page_ref_inc_return(struct page *page)
{
	return atomic_inc_return(&page->_refcount);
}

static inline int page_ref_sub_return(struct page *page, int nr)
{
	return atomic_sub_return(nr, &page->_refcount);
}

static inline int page_ref_dec_return(struct page *page)
{
	return atomic_dec_return(&page->_refcount);
}
