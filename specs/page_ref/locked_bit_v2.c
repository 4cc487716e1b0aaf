// SPDX-License-Identifier: Apache-2.0
/* The patch, second version; pages enter the allocator with the locked bit set. */
#include <refproof.h>
#include "variants/locked_bit_v2.h"

#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"

/* As it stood, the assertion fires on every live count: balanced use stops there. */
EXPECT("no-bug/page_ref_add/1", REFUTED);
