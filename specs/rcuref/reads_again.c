// SPDX-License-Identifier: Apache-2.0
/*
 * The slow path of a put reads the word again: by then another put may have
 * killed the object, and it warns of an imbalance that there is not.
 */
#define RCUREF_READS_AGAIN
#include <refproof.h>
#include "variants/rcuref.h"

#include "lifecycle.h"

EXPECT("no-warn/rcuref_get_slowpath/1", VACUOUS);
EXPECT("no-warn/rcuref_put_slowpath/1", REFUTED);
