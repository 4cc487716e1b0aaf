/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of one page (specs/page_ref/lifecycle.h), by hand, for Spin.
 *
 *	N	CPUs, in and out of actors for ever
 *	BITS	width of the counter, 4 to 32
 *	NR_MAX	references taken or dropped at once
 *	REFS_MAX live references
 *	LOCKED_BIT the patch; without it, mainline
 *
 * Every atomic block is one access of the C code with the ghost code around it.
 */
#if BITS == 32
#define W(x)	(x)
#else
#define W(x)	((x) & ((1 << BITS) - 1))
#endif
#define TOP	(1 << (BITS - 1))
#define SWEEP	(TOP | (1 << (BITS - 2)))

#ifdef LOCKED_BIT
#define EMPTY	TOP
#define MARKED	((word & TOP) != 0)
#define COUNT	((word & TOP) != 0 -> 0 : word)
#else
#define EMPTY	0
#define MARKED	(word == 0)
#define COUNT	word
#endif

int word = 1;
bool online, allocated, frozen, claimed;
int refs, in_use;
byte inside;

#define HELD	(refs + in_use)
#define FREE	(online && !allocated && !claimed)
#define ALWAYS								\
	assert(allocated || !online || claimed || MARKED);		\
	assert(!allocated || !frozen || claimed || MARKED);		\
	assert(inside > 0 || HELD > 0 || !allocated || frozen)

/* Any number from 1 to NR_MAX that keeps the ledger, or the references there are, above it. */
#define SOME(limit)							\
	nr = 1;								\
	do								\
	:: nr < NR_MAX && nr < (limit) -> nr++				\
	:: break							\
	od

inline destroy()
{
	assert(allocated && !frozen);
	assert(HELD == 0);
	allocated = false
}

inline dropped()
{
	if
	:: word == 0 ->
#ifdef LOCKED_BIT
		inside++;
		goto lock_it
#else
		destroy()
#endif
	:: else
	fi
}

active [N] proctype cpu()
{
	int nr, seen;

again:
	nr = 0;
	seen = 0;
	atomic {
		if
		:: !online && !claimed ->			/* boot */
			word = EMPTY;
			online = true
		:: online && HELD < REFS_MAX ->			/* lookup */
			SOME(REFS_MAX - HELD);
#ifdef LOCKED_BIT
			word = W(word + nr);
			seen = word;
			if
			:: (seen & TOP) == 0 ->
				assert(allocated);
				assert(!frozen);
				refs = refs + nr
			:: (seen & SWEEP) == SWEEP ->
				inside++;
				ALWAYS;
				goto sweep
			:: else
			fi
#else
			if
			:: word != 0 ->
				word = W(word + nr);
				assert(allocated);
				assert(!frozen);
				refs = refs + nr
			:: else
			fi
#endif
		:: refs > 0 && HELD < REFS_MAX ->		/* get */
			SOME(REFS_MAX - HELD);
			word = W(word + nr);
			refs = refs + nr
		:: refs > 0 ->					/* put */
			refs--;
			word = W(word - 1);
			dropped()
		:: refs > 0 ->					/* put_many */
			SOME(refs);
			refs = refs - nr;
			word = W(word - nr);
			dropped()
		:: refs > 0 ->					/* freeze */
			SOME(refs);
			if
			:: word == nr ->
				word = EMPTY;
				assert(refs == nr && in_use == 0);
				refs = 0;
				frozen = true
			:: else
			fi
		:: allocated && frozen && !claimed && HELD < REFS_MAX ->
			SOME(REFS_MAX - HELD);			/* unfreeze */
			claimed = true;
			in_use = in_use + nr;
			inside++;
			assert(COUNT == 0);
			ALWAYS;
			goto unfreeze
		:: FREE && HELD < REFS_MAX ->			/* allocate */
			word = 1;
			allocated = true;
			refs++
		:: FREE ->					/* allocate_frozen */
			allocated = true;
			frozen = true
		:: FREE ->					/* prep_tail */
			word = EMPTY;
			allocated = true;
			frozen = true
		:: allocated && frozen && !claimed ->		/* free_frozen */
			allocated = false;
			frozen = false
		fi;
		ALWAYS
	}
	goto again;

unfreeze:
	atomic {
		word = nr;
		claimed = false;
		frozen = false;
		in_use = in_use - nr;
		refs = refs + nr;
		inside--;
		ALWAYS
	}
	goto again;

#ifdef LOCKED_BIT
lock_it:
	atomic {
		if
		:: word == 0 ->
			word = EMPTY;
			destroy()
		:: else
		fi;
		inside--;
		ALWAYS
	}
	goto again;

sweep:
	atomic {
		if
		:: word == seen -> word = EMPTY
		:: else -> seen = word
		fi;
		if
		:: (seen & SWEEP) == SWEEP ->
			ALWAYS;
			goto sweep
		:: else
		fi;
		inside--;
		ALWAYS
	}
	goto again
#endif
}
