// SPDX-License-Identifier: Apache-2.0
/* The last put marks the object as dead with a plain store: a reference that was taken in between is lost. */
#define RCUREF_KILL
#include <refproof.h>
#include "variants/plain_kill.h"

#include "lifecycle.h"

EXPECT("no-warn/rcuref_get_slowpath/1", VACUOUS);
EXPECT("no-warn/rcuref_put_slowpath/1", REFUTED);
EXPECT("owner-gets", REFUTED);
EXPECT("freed-once", REFUTED);
EXPECT("not-freed-while-referenced", REFUTED);
