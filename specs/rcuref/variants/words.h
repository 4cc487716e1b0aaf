/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The zones of a rcuref_t: 0 is one reference, the upper half of the values is
 * no count. Those that overflowed lie below RCUREF_RELEASED, dead ones above.
 */
#ifndef RCUREF_WORDS_H
#define RCUREF_WORDS_H

#include <linux/atomic.h>
#include <linux/bug.h>
#include <linux/types.h>

#ifndef RCUREF_BITS
#define RCUREF_BITS	32		/* smaller only in narrow test compilations */
#endif

#define RCUREF_EIGHTHS(n)	((unsigned int)(n) << (RCUREF_BITS - 3))

#define RCUREF_MAXREF		(RCUREF_EIGHTHS(4) - 1)
#define RCUREF_SATURATED	RCUREF_EIGHTHS(5)
#define RCUREF_RELEASED		RCUREF_EIGHTHS(6)
#define RCUREF_DEAD		RCUREF_EIGHTHS(7)
#define RCUREF_NOREF		(~0U)

typedef struct {
	atomic_t refcnt;
} rcuref_t;

#endif
