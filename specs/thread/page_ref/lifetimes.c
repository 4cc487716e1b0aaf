// SPDX-License-Identifier: Apache-2.0
/*
 * A page that is allocated again and again. Each lifetime has a name of its
 * own, so that a CPU that destroys the page can be asked in which lifetime it
 * dropped its reference. A CPU may sleep for ever between two of its steps.
 *
 * -D MAINLINE: the code before the patch, else its first version.
 * -D NO_LOOKUP: nobody takes a reference without having one.
 */
#include <refproof.h>
#ifdef MAINLINE
#include "../../page_ref/variants/mainline_6_1.h"
#define try_get(page, nr)	page_ref_add_unless(page, nr, 0)
#define set_free(page)		set_page_count(page, 0)
#else
#include "../../page_ref/variants/locked_bit.h"
#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#define set_free(page)		set_page_locked_count(page)
#endif

#ifndef REFS_MAX
#define REFS_MAX (1 << 30)
#endif

CPUS(1 << 19);

struct page page;

GHOST bool allocated;
GHOST bool claimed;			/* the allocator works on it */
GHOST unsigned int refs;		/* references handed out */
GHOST unsigned int in_use;		/* references held by a CPU inside a call */
TOKEN life;				/* which lifetime this is */

INIT
{
	set_free(&page);
	FRESH(life);
}

ACTOR(allocate)
{
	ASSUME(!allocated && !claimed);
	ASSUME(refs + in_use < REFS_MAX);
	claimed = true;
	set_page_count(&page, 1);
	claimed = false;
	allocated = true;
	FRESH(life);
	refs += 1;
}

#ifndef NO_LOOKUP
ACTOR(lookup)
{
	ASSUME(refs + in_use < REFS_MAX);
	if (try_get(&page, 1))
		refs += 1;
}
#endif

ACTOR(get)
{
	ASSUME(refs > 0);
	ASSUME(refs + in_use < REFS_MAX);
	refs -= 1;
	in_use += 1;
	page_ref_add(&page, 1);
	in_use -= 1;
	refs += 2;
}

ACTOR(put)
{
	TOKEN mine;

	ASSUME(refs > 0);
	mine = life;
	refs -= 1;
	if (page_ref_dec_and_test(&page)) {
		CHECK("destroyed-once", allocated);
		CHECK("destroyed-by-who-dropped-it", mine == life);
		allocated = false;
	}
}
