// SPDX-License-Identifier: Apache-2.0
/* The patch, fifth version: "set frozen" stores the bit. */
#include <refproof.h>
#include "variants/frozen_bit_v5.h"

#define try_get(page, nr)	page_ref_add_unless_frozen(page, nr)
#define enter_allocator(page)	set_page_locked_count(page)
#define set_tail(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#include "lifecycle.h"
