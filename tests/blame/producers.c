// SPDX-License-Identifier: Apache-2.0
/*
 * A counter whose locked bit says that nobody owns the object. Three actors may
 * leave it without the bit: each has a knob that repairs it. A fourth knob
 * repairs all of them at once, and one breaks what was right.
 */
#include <refproof.h>
#include <linux/atomic.h>

#define LOCKED 8

atomic_t word;
GHOST bool allocated;

static void release(bool repaired)
{
	atomic_set(&word, (repaired || KNOB("all")) && !KNOB("worse") ? LOCKED : 0);
}

INIT { atomic_set(&word, LOCKED); }

ACTOR(boot) { ASSUME(!allocated); release(KNOB("boot")); }
ACTOR(tail) { ASSUME(!allocated); if (KNOB("tail")) atomic_set(&word, LOCKED); else release(false); }
ACTOR(read) { atomic_read(&word); CHECK("harmless", true); }

ACTOR(lookup)
{
	CHECK("no-reference-while-free", allocated || atomic_read(&word) & LOCKED);
}

EXPECT("no-reference-while-free", REFUTED);
