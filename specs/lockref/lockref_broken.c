// SPDX-License-Identifier: Apache-2.0
/* Lookups raise the count also while the lock is held. */
#include <refproof.h>
#include "variants/ignored_lock.h"

#include "lifecycle.h"

EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);

/* Why nothing leaks all the same: a living object is counted at least once. */
LEMMA(!allocated || lockref_count(atomic_read(&object.word)) >= 1);
LEMMA(!allocated || lockref_count(atomic_read(&object.word)) <= HELD);
