// SPDX-License-Identifier: Apache-2.0
/*
 * The get that guesses 1 first, beside the get of mainline: each on a word of
 * its own, both words the same, with nobody else about. What one call does to
 * its word and what it returns can then differ only because the code does.
 */
#include <refproof.h>
#include "../../page_ref/variants/guess_one.h"

#ifndef NR_MAX
#define NR_MAX 1024
#endif

CPUS(1);

struct page sketch, unpatched;
GHOST bool told;

INIT
{
	int w = ANY(-2147483648LL, 2147483647LL);

	atomic_set(&sketch._refcount, w);
	atomic_set(&unpatched._refcount, w);
}

/* One call of each with the same arguments; no loop of the sketch repeats when nobody interferes. */
ACTOR_MAX(1, both)
{
	int nr = ANY(1, NR_MAX);
	bool new = page_ref_add_unless_guess(&sketch, nr, 0);
	bool old = atomic_add_unless(&unpatched._refcount, nr, 0);

	CHECK("same-result", new == old);
	told = true;
}

QUIESCENT("same-word", !told || atomic_read(&sketch._refcount) == atomic_read(&unpatched._refcount));
