/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: barriers and the accesses that carry one. */
#ifndef REFPROOF_ASM_BARRIER_H
#define REFPROOF_ASM_BARRIER_H

#include <linux/compiler.h>

extern void mb(void);
extern void rmb(void);
extern void wmb(void);
extern void smp_mb(void);
extern void smp_rmb(void);
extern void smp_wmb(void);
extern void __smp_mb(void);
extern void __smp_rmb(void);
extern void __smp_wmb(void);
extern void smp_mb__before_atomic(void);
extern void smp_mb__after_atomic(void);
extern void smp_mb__after_spinlock(void);
extern void smp_acquire__after_ctrl_dep(void);
extern void cpu_relax(void);

#define smp_load_acquire(ptr) __refproof_load("smp_load_acquire", ptr)
#define smp_store_release(ptr, value) __refproof_store("smp_store_release", ptr, value)
#define smp_store_mb(variable, value) __refproof_store("smp_store_mb", &(variable), value)

/* Spin until the condition over VAL, the value last read, holds. */
#define smp_cond_load_relaxed(ptr, condition)                                                                          \
	({                                                                                                             \
		__typeof_unqual__(*(ptr)) VAL;                                                                         \
		for (;;) {                                                                                             \
			VAL = READ_ONCE(*(ptr));                                                                       \
			if (condition)                                                                                 \
				break;                                                                                 \
		}                                                                                                      \
		VAL;                                                                                                   \
	})
#define smp_cond_load_acquire(ptr, condition)                                                                          \
	({                                                                                                             \
		__typeof_unqual__(*(ptr)) VAL;                                                                         \
		for (;;) {                                                                                             \
			VAL = smp_load_acquire(ptr);                                                                   \
			if (condition)                                                                                 \
				break;                                                                                 \
		}                                                                                                      \
		VAL;                                                                                                   \
	})

#endif
