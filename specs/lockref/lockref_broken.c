// SPDX-License-Identifier: Apache-2.0
/* Lookups raise the count also while the lock is held. */
#include <refproof.h>
#include "variants/ignored_lock.h"

#include "lifecycle.h"

EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
