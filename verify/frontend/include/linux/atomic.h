/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in: the kernel's atomic counters. Every operation is declared and none defined; the front end gives each call
 * its meaning by name (verify/frontend/atomics.py).
 */
#ifndef REFPROOF_LINUX_ATOMIC_H
#define REFPROOF_LINUX_ATOMIC_H

#ifdef REFPROOF_STDATOMIC_H
#error "refproof: <linux/atomic.h> and <stdatomic.h> give one name two meanings; include only one of them"
#endif

#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <linux/compiler.h>
#include <linux/types.h>

#define ATOMIC_INIT(value) { (value) }
#define ATOMIC64_INIT(value) { (value) }
#define ATOMIC_LONG_INIT(value) { (value) }

/* S: stem, e.g. atomic. C: type of the counter. V: type of its value. Each macro with a suffix comes four times. */
#define __refproof_declare_arithmetic(S, C, V, OP)                                                                     \
	extern void S##_##OP(V value, C *counter);                                                                     \
	extern V S##_fetch_##OP(V value, C *counter);                                                                  \
	extern V S##_fetch_##OP##_acquire(V value, C *counter);                                                        \
	extern V S##_fetch_##OP##_release(V value, C *counter);                                                        \
	extern V S##_fetch_##OP##_relaxed(V value, C *counter);
#define __refproof_declare_return(S, C, V, OP)                                                                         \
	extern V S##_##OP##_return(V value, C *counter);                                                               \
	extern V S##_##OP##_return_acquire(V value, C *counter);                                                       \
	extern V S##_##OP##_return_release(V value, C *counter);                                                       \
	extern V S##_##OP##_return_relaxed(V value, C *counter);
#define __refproof_declare_step(S, C, V, OP)                                                                           \
	extern void S##_##OP(C *counter);                                                                              \
	extern V S##_fetch_##OP(C *counter);                                                                           \
	extern V S##_fetch_##OP##_acquire(C *counter);                                                                 \
	extern V S##_fetch_##OP##_release(C *counter);                                                                 \
	extern V S##_fetch_##OP##_relaxed(C *counter);                                                                 \
	extern V S##_##OP##_return(C *counter);                                                                        \
	extern V S##_##OP##_return_acquire(C *counter);                                                                \
	extern V S##_##OP##_return_release(C *counter);                                                                \
	extern V S##_##OP##_return_relaxed(C *counter);
#define __refproof_declare_exchange(S, C, V, SUFFIX)                                                                   \
	extern V S##_xchg##SUFFIX(C *counter, V value);                                                                \
	extern V S##_cmpxchg##SUFFIX(C *counter, V expected, V value);                                                 \
	extern _Bool S##_try_cmpxchg##SUFFIX(C *counter, V *expected, V value);                                        \
	extern _Bool S##_add_negative##SUFFIX(V value, C *counter);
#define __refproof_declare_conditional(S, C, V)                                                                        \
	extern _Bool S##_sub_and_test(V value, C *counter);                                                            \
	extern _Bool S##_dec_and_test(C *counter);                                                                     \
	extern _Bool S##_inc_and_test(C *counter);                                                                     \
	extern V S##_fetch_add_unless(C *counter, V value, V unless);                                                  \
	extern _Bool S##_add_unless(C *counter, V value, V unless);                                                    \
	extern _Bool S##_inc_not_zero(C *counter);                                                                     \
	extern _Bool S##_inc_unless_negative(C *counter);                                                              \
	extern _Bool S##_dec_unless_positive(C *counter);                                                              \
	extern V S##_dec_if_positive(C *counter);
#define __refproof_declare_counter(S, C, V)                                                                            \
	extern V S##_read(const C *counter);                                                                           \
	extern V S##_read_acquire(const C *counter);                                                                   \
	extern void S##_set(C *counter, V value);                                                                      \
	extern void S##_set_release(C *counter, V value);                                                              \
	__refproof_declare_arithmetic(S, C, V, add)                                                                    \
	__refproof_declare_arithmetic(S, C, V, sub)                                                                    \
	__refproof_declare_arithmetic(S, C, V, and)                                                                    \
	__refproof_declare_arithmetic(S, C, V, andnot)                                                                 \
	__refproof_declare_arithmetic(S, C, V, or)                                                                     \
	__refproof_declare_arithmetic(S, C, V, xor)                                                                    \
	__refproof_declare_return(S, C, V, add)                                                                        \
	__refproof_declare_return(S, C, V, sub)                                                                        \
	__refproof_declare_step(S, C, V, inc)                                                                          \
	__refproof_declare_step(S, C, V, dec)                                                                          \
	__refproof_declare_exchange(S, C, V, )                                                                         \
	__refproof_declare_exchange(S, C, V, _acquire)                                                                 \
	__refproof_declare_exchange(S, C, V, _release)                                                                 \
	__refproof_declare_exchange(S, C, V, _relaxed)                                                                 \
	__refproof_declare_conditional(S, C, V)

__refproof_declare_counter(atomic, atomic_t, int)
__refproof_declare_counter(atomic64, atomic64_t, long long)
__refproof_declare_counter(atomic_long, atomic_long_t, long)
__refproof_declare_counter(raw_atomic, atomic_t, int)
__refproof_declare_counter(raw_atomic64, atomic64_t, long long)
__refproof_declare_counter(raw_atomic_long, atomic_long_t, long)
__refproof_declare_counter(arch_atomic, atomic_t, int)
__refproof_declare_counter(arch_atomic64, atomic64_t, long long)
__refproof_declare_counter(arch_atomic_long, atomic_long_t, long)

#define atomic_cond_read_relaxed(counter_, condition) smp_cond_load_relaxed(&(counter_)->counter, (condition))
#define atomic_cond_read_acquire(counter_, condition) smp_cond_load_acquire(&(counter_)->counter, (condition))
#define atomic64_cond_read_relaxed atomic_cond_read_relaxed
#define atomic64_cond_read_acquire atomic_cond_read_acquire
#define atomic_long_cond_read_relaxed atomic_cond_read_relaxed
#define atomic_long_cond_read_acquire atomic_cond_read_acquire

#endif
