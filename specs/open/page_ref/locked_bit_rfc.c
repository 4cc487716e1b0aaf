// SPDX-License-Identifier: Apache-2.0
/* The patch as first proposed (RFC); pages enter the allocator with the locked bit set. */
#include <refproof.h>
#include "../../page_ref/variants/locked_bit_rfc.h"

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "../../page_ref/lifecycle.h"
