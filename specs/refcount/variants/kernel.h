/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own refcount_t, with --kernel, and in our own words the one
 * function that it calls out of line: it pins the counter, and warns.
 */
#include <linux/refcount.h>

void refcount_warn_saturate(refcount_t *r, enum refcount_saturation_type t)
{
	refcount_set(r, REFCOUNT_SATURATED);
	WARN_ON_ONCE(1);
}
