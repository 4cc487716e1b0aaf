/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's own rcuref_t, with --kernel, and in our own words the two
 * functions that it calls out of line (lib/rcuref.c).
 */
#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/types.h>

typedef struct {
	atomic_t refcnt;
} rcuref_t;

#include <linux/rcuref.h>
#include "slowpath.h"
