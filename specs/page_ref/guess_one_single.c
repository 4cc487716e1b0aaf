// SPDX-License-Identifier: Apache-2.0
/* The get that guesses 1 first, where only one reference is ever taken at once. */
#undef NR_MAX			/* whatever -D says */
#define NR_MAX 1
#include <refproof.h>
#include "variants/guess_one.h"

#define try_get(page, nr)	page_ref_add_unless_guess(page, nr, 0)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#include "lifecycle.h"
