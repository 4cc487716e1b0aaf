// SPDX-License-Identifier: Apache-2.0
/* The saturating counter: increments stop at zero and at saturation. */
#include <refproof.h>
#ifdef REFPROOF_KERNEL
#include "variants/kernel.h"
#else
#include "variants/refcount.h"
#endif

#include "lifecycle.h"

#ifdef REFPROOF_KERNEL
EXPECT("no-warn/refcount_warn_saturate/1", VACUOUS);	/* nobody calls it */
#endif
