// SPDX-License-Identifier: Apache-2.0
/* Mainline 6.1 with the get that guesses 1 first. It takes one reference, whatever nr says. */
#include <refproof.h>
#include "variants/guess_one.h"

#define try_get(page, nr)	page_ref_add_unless_guess(page, nr, 0)
#define enter_allocator(page)	set_page_count(page, 0)
#define set_tail(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#include "lifecycle.h"
