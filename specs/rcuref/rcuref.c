// SPDX-License-Identifier: Apache-2.0
/* The counter of routing entries and the like. The slow path of a put is told what its own decrement left. */
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include "variants/kernel.h"
#else
#include "variants/rcuref.h"
#endif

#include "lifecycle.h"

EXPECT("no-warn/rcuref_get_slowpath/1", VACUOUS);
EXPECT("no-warn/rcuref_put_slowpath/1", VACUOUS);
