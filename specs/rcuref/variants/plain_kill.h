/* SPDX-License-Identifier: Apache-2.0 */
/* Without the compare-and-swap by which a get may still win against the last put. */
#include "words.h"

static inline bool rcuref_kill(rcuref_t *ref, unsigned int cnt)
{
	atomic_set(&ref->refcnt, RCUREF_DEAD);
	return true;
}

#include "rcuref.h"
