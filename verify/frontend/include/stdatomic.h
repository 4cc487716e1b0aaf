/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in: C11 atomics. A generic function without _explicit is the explicit one with memory_order_seq_cst (7.17.7),
 * so each operation has one name in the table (verify/frontend/atomic_builtin_rows.py).
 */
#ifndef REFPROOF_STDATOMIC_H
#define REFPROOF_STDATOMIC_H

#ifdef REFPROOF_LINUX_ATOMIC_H
#error "refproof: <stdatomic.h> and <linux/atomic.h> give one name two meanings; include only one of them"
#endif

#include <refproof/builtins.h>

typedef enum memory_order {
	memory_order_relaxed = __ATOMIC_RELAXED,
	memory_order_consume = __ATOMIC_CONSUME,
	memory_order_acquire = __ATOMIC_ACQUIRE,
	memory_order_release = __ATOMIC_RELEASE,
	memory_order_acq_rel = __ATOMIC_ACQ_REL,
	memory_order_seq_cst = __ATOMIC_SEQ_CST
} memory_order;

typedef _Atomic(_Bool) atomic_bool;
typedef _Atomic(char) atomic_char;
typedef _Atomic(signed char) atomic_schar;
typedef _Atomic(unsigned char) atomic_uchar;
typedef _Atomic(short) atomic_short;
typedef _Atomic(unsigned short) atomic_ushort;
typedef _Atomic(int) atomic_int;
typedef _Atomic(unsigned int) atomic_uint;
typedef _Atomic(long) atomic_long;
typedef _Atomic(unsigned long) atomic_ulong;
typedef _Atomic(long long) atomic_llong;
typedef _Atomic(unsigned long long) atomic_ullong;
typedef _Atomic(__INT_LEAST8_TYPE__) atomic_int_least8_t;
typedef _Atomic(__UINT_LEAST8_TYPE__) atomic_uint_least8_t;
typedef _Atomic(__INT_LEAST16_TYPE__) atomic_int_least16_t;
typedef _Atomic(__UINT_LEAST16_TYPE__) atomic_uint_least16_t;
typedef _Atomic(__INT_LEAST32_TYPE__) atomic_int_least32_t;
typedef _Atomic(__UINT_LEAST32_TYPE__) atomic_uint_least32_t;
typedef _Atomic(__INT_LEAST64_TYPE__) atomic_int_least64_t;
typedef _Atomic(__UINT_LEAST64_TYPE__) atomic_uint_least64_t;
typedef _Atomic(__SIZE_TYPE__) atomic_size_t;
typedef _Atomic(__PTRDIFF_TYPE__) atomic_ptrdiff_t;
typedef _Atomic(__INTMAX_TYPE__) atomic_intmax_t;
typedef _Atomic(__UINTMAX_TYPE__) atomic_uintmax_t;
typedef _Atomic(__INTPTR_TYPE__) atomic_intptr_t;
typedef _Atomic(__UINTPTR_TYPE__) atomic_uintptr_t;

/* Accessed by the atomic_flag functions only, so it needs no qualifier. */
typedef struct {
	unsigned char set;
} atomic_flag;

#define ATOMIC_FLAG_INIT { 0 }
#define ATOMIC_VAR_INIT(value) (value)
#define kill_dependency(value) (value)

#define ATOMIC_BOOL_LOCK_FREE 2
#define ATOMIC_CHAR_LOCK_FREE 2
#define ATOMIC_SHORT_LOCK_FREE 2
#define ATOMIC_INT_LOCK_FREE 2
#define ATOMIC_LONG_LOCK_FREE 2
#define ATOMIC_LLONG_LOCK_FREE 2
#define ATOMIC_POINTER_LOCK_FREE 2
#define atomic_is_lock_free(ptr) (sizeof(*(ptr)) <= 8)

#define atomic_init(ptr, value) __refproof_store("atomic_init", ptr, value)
#define atomic_thread_fence(order) __refproof_fence("atomic_thread_fence", order)
#define atomic_signal_fence(order) __refproof_fence("atomic_signal_fence", order)

#define atomic_load_explicit(ptr, order) __refproof_load("atomic_load_explicit", ptr, order)
#define atomic_store_explicit(ptr, value, order) __refproof_store("atomic_store_explicit", ptr, value, order)
#define atomic_exchange_explicit(ptr, value, order) __refproof_exchange("atomic_exchange_explicit", ptr, value, order)
#define atomic_compare_exchange_strong_explicit(ptr, expected, desired, success, failure)                              \
	__refproof_compare_expected("atomic_compare_exchange_strong_explicit", ptr,                                    \
				    __refproof_pair_size(ptr, expected), expected, desired, success, failure)
#define atomic_compare_exchange_weak_explicit(ptr, expected, desired, success, failure)                                \
	__refproof_compare_expected("atomic_compare_exchange_weak_explicit", ptr,                                      \
				    __refproof_pair_size(ptr, expected), expected, desired, success, failure)
#define atomic_fetch_add_explicit(ptr, value, order)                                                                   \
	__refproof_arithmetic("atomic_fetch_add_explicit", ptr, value, order)
#define atomic_fetch_sub_explicit(ptr, value, order)                                                                   \
	__refproof_arithmetic("atomic_fetch_sub_explicit", ptr, value, order)
#define atomic_fetch_and_explicit(ptr, value, order)                                                                   \
	__refproof_arithmetic("atomic_fetch_and_explicit", ptr, value, order)
#define atomic_fetch_or_explicit(ptr, value, order) __refproof_arithmetic("atomic_fetch_or_explicit", ptr, value, order)
#define atomic_fetch_xor_explicit(ptr, value, order)                                                                   \
	__refproof_arithmetic("atomic_fetch_xor_explicit", ptr, value, order)
#define atomic_flag_test_and_set_explicit(ptr, order)                                                                  \
	__refproof_flag_set("atomic_flag_test_and_set_explicit", &(ptr)->set, order)
#define atomic_flag_clear_explicit(ptr, order)                                                                         \
	__refproof_flag_clear("atomic_flag_clear_explicit", &(ptr)->set, order)

#define atomic_load(ptr) atomic_load_explicit(ptr, memory_order_seq_cst)
#define atomic_store(ptr, value) atomic_store_explicit(ptr, value, memory_order_seq_cst)
#define atomic_exchange(ptr, value) atomic_exchange_explicit(ptr, value, memory_order_seq_cst)
#define atomic_compare_exchange_strong(ptr, expected, desired)                                                         \
	atomic_compare_exchange_strong_explicit(ptr, expected, desired, memory_order_seq_cst, memory_order_seq_cst)
#define atomic_compare_exchange_weak(ptr, expected, desired)                                                           \
	atomic_compare_exchange_weak_explicit(ptr, expected, desired, memory_order_seq_cst, memory_order_seq_cst)
#define atomic_fetch_add(ptr, value) atomic_fetch_add_explicit(ptr, value, memory_order_seq_cst)
#define atomic_fetch_sub(ptr, value) atomic_fetch_sub_explicit(ptr, value, memory_order_seq_cst)
#define atomic_fetch_and(ptr, value) atomic_fetch_and_explicit(ptr, value, memory_order_seq_cst)
#define atomic_fetch_or(ptr, value) atomic_fetch_or_explicit(ptr, value, memory_order_seq_cst)
#define atomic_fetch_xor(ptr, value) atomic_fetch_xor_explicit(ptr, value, memory_order_seq_cst)
#define atomic_flag_test_and_set(ptr) atomic_flag_test_and_set_explicit(ptr, memory_order_seq_cst)
#define atomic_flag_clear(ptr) atomic_flag_clear_explicit(ptr, memory_order_seq_cst)

#endif
