/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: types of locks, for headers that declare functions on them. No lock is modelled. */
#ifndef REFPROOF_LINUX_SPINLOCK_TYPES_H
#define REFPROOF_LINUX_SPINLOCK_TYPES_H

struct mutex;

typedef struct spinlock {
	int refproof_not_modelled;
} spinlock_t;

#endif
