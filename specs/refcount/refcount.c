// SPDX-License-Identifier: Apache-2.0
/* The saturating counter: increments stop at zero and at saturation. */
#include <refproof.h>
#include "variants/refcount.h"

#include "lifecycle.h"
