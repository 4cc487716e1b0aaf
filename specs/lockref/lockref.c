// SPDX-License-Identifier: Apache-2.0
/* The packed counter and lock: compare-and-swap only while the lock is free. */
#include <refproof.h>
#include "variants/lockref.h"

#include "lifecycle.h"
