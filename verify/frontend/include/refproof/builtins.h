/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Included before everything else. Turns the compiler's atomic builtins, which libclang does not show, into calls that
 * it does show. The rows that give them meaning are in verify/frontend/atomic_builtin_rows.py.
 */
#ifndef REFPROOF_BUILTINS_H
#define REFPROOF_BUILTINS_H

/* One atomic access to the object of `size` bytes at `target`; the other arguments follow the row's roles. */
extern unsigned long long __refproof_access(const char *name, volatile void *target, unsigned long size, ...);

#define __refproof_type(ptr) __typeof_unqual__(*(ptr))
#define __refproof_value(ptr, value) ((__refproof_type(ptr))(value))

/* The size of the object, for words of at most 64 bits that satisfy a condition. */
#define __refproof_checked_size(ptr, condition, message)                                                               \
	sizeof(struct {                                                                                                \
		_Static_assert(sizeof(*(ptr)) <= 8, "refproof: an atomic access to more than 64 bits is not modelled"); \
		_Static_assert(condition, "refproof: " message);                                                       \
		char size[sizeof(*(ptr))];                                                                             \
	})
#define __refproof_size(ptr) __refproof_checked_size(ptr, 1, "")
/* The same, for integers only: ~ is an error on a pointer, whose arithmetic gcc and clang scale differently. */
#define __refproof_integer_size(ptr)                                                                                   \
	__refproof_checked_size(ptr, sizeof(~__refproof_value(ptr, 0)) > 0, "only integers have arithmetic")
/* The same, where `other` points to an expected value, which must be as wide as the object. */
#define __refproof_pair_size(ptr, other)                                                                               \
	__refproof_checked_size(ptr, sizeof(*(ptr)) == sizeof(*(other)), "the expected value has another size")
/* A weak compare-exchange may fail without cause; only the strong one is modelled. */
#define __refproof_strong_size(ptr, other, weak)                                                                       \
	__refproof_checked_size(ptr, sizeof(*(ptr)) == sizeof(*(other)) && !(weak),                                    \
				"compare-exchange must be strong (pass 0 for weak) and all its values of one size")

#define __refproof_load(name, ptr, ...)                                                                                \
	__refproof_value(ptr, __refproof_access(name, (volatile void *)(ptr), __refproof_size(ptr), ##__VA_ARGS__))
#define __refproof_store(name, ptr, value, ...)                                                                        \
	((void)__refproof_access(name, (volatile void *)(ptr), __refproof_size(ptr), __refproof_value(ptr, value),     \
				 ##__VA_ARGS__))
#define __refproof_exchange(name, ptr, value, ...)                                                                     \
	__refproof_value(ptr, __refproof_access(name, (volatile void *)(ptr), __refproof_size(ptr),                    \
						__refproof_value(ptr, value), ##__VA_ARGS__))
#define __refproof_compare_value(type, name, ptr, size, old, new)                                                      \
	((type)__refproof_access(name, (volatile void *)(ptr), size, __refproof_value(ptr, old),                       \
				 __refproof_value(ptr, new)))
#define __refproof_compare_expected(name, ptr, size, expected, desired, ...)                                           \
	((_Bool)__refproof_access(name, (volatile void *)(ptr), size, (expected), __refproof_value(ptr, desired),      \
				  ##__VA_ARGS__))
#define __refproof_arithmetic(name, ptr, value, ...)                                                                   \
	__refproof_value(ptr, __refproof_access(name, (volatile void *)(ptr), __refproof_integer_size(ptr),            \
						__refproof_value(ptr, value), ##__VA_ARGS__))
#define __refproof_flag_set(name, ptr, order) ((_Bool)__refproof_access(name, (volatile void *)(ptr), 1UL, order))
#define __refproof_flag_clear(name, ptr, order) ((void)__refproof_access(name, (volatile void *)(ptr), 1UL, order))
/* A fence has no target. */
#define __refproof_fence(name, ...) ((void)__refproof_access(name, (volatile void *)0, 0UL, ##__VA_ARGS__))

#define __atomic_load_n(ptr, order) __refproof_load("__atomic_load_n", ptr, order)
#define __atomic_load(ptr, ret, order) ((void)(*(ret) = __refproof_load("__atomic_load", ptr, order)))
#define __atomic_store_n(ptr, value, order) __refproof_store("__atomic_store_n", ptr, value, order)
#define __atomic_store(ptr, value, order) __refproof_store("__atomic_store", ptr, *(value), order)
#define __atomic_exchange_n(ptr, value, order) __refproof_exchange("__atomic_exchange_n", ptr, value, order)
#define __atomic_exchange(ptr, value, ret, order)                                                                      \
	((void)(*(ret) = __refproof_exchange("__atomic_exchange", ptr, *(value), order)))
#define __atomic_compare_exchange_n(ptr, expected, desired, weak, success, failure)                                    \
	__refproof_compare_expected("__atomic_compare_exchange_n", ptr, __refproof_strong_size(ptr, expected, weak),   \
				    expected, desired, success, failure)
#define __atomic_compare_exchange(ptr, expected, desired, weak, success, failure)                                      \
	__refproof_compare_expected("__atomic_compare_exchange", ptr, __refproof_strong_size(ptr, expected, weak),     \
				    expected, *(desired), success, failure)
#define __atomic_fetch_add(ptr, value, order) __refproof_arithmetic("__atomic_fetch_add", ptr, value, order)
#define __atomic_fetch_sub(ptr, value, order) __refproof_arithmetic("__atomic_fetch_sub", ptr, value, order)
#define __atomic_fetch_and(ptr, value, order) __refproof_arithmetic("__atomic_fetch_and", ptr, value, order)
#define __atomic_fetch_or(ptr, value, order) __refproof_arithmetic("__atomic_fetch_or", ptr, value, order)
#define __atomic_fetch_xor(ptr, value, order) __refproof_arithmetic("__atomic_fetch_xor", ptr, value, order)
#define __atomic_fetch_nand(ptr, value, order) __refproof_arithmetic("__atomic_fetch_nand", ptr, value, order)
#define __atomic_add_fetch(ptr, value, order) __refproof_arithmetic("__atomic_add_fetch", ptr, value, order)
#define __atomic_sub_fetch(ptr, value, order) __refproof_arithmetic("__atomic_sub_fetch", ptr, value, order)
#define __atomic_and_fetch(ptr, value, order) __refproof_arithmetic("__atomic_and_fetch", ptr, value, order)
#define __atomic_or_fetch(ptr, value, order) __refproof_arithmetic("__atomic_or_fetch", ptr, value, order)
#define __atomic_xor_fetch(ptr, value, order) __refproof_arithmetic("__atomic_xor_fetch", ptr, value, order)
#define __atomic_nand_fetch(ptr, value, order) __refproof_arithmetic("__atomic_nand_fetch", ptr, value, order)
#define __atomic_test_and_set(ptr, order) __refproof_flag_set("__atomic_test_and_set", ptr, order)
#define __atomic_clear(ptr, order) __refproof_flag_clear("__atomic_clear", ptr, order)
#define __atomic_thread_fence(order) __refproof_fence("__atomic_thread_fence", order)
#define __atomic_signal_fence(order) __refproof_fence("__atomic_signal_fence", order)

#define __sync_fetch_and_add(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_add", ptr, value)
#define __sync_fetch_and_sub(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_sub", ptr, value)
#define __sync_fetch_and_and(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_and", ptr, value)
#define __sync_fetch_and_or(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_or", ptr, value)
#define __sync_fetch_and_xor(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_xor", ptr, value)
#define __sync_fetch_and_nand(ptr, value, ...) __refproof_arithmetic("__sync_fetch_and_nand", ptr, value)
#define __sync_add_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_add_and_fetch", ptr, value)
#define __sync_sub_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_sub_and_fetch", ptr, value)
#define __sync_and_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_and_and_fetch", ptr, value)
#define __sync_or_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_or_and_fetch", ptr, value)
#define __sync_xor_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_xor_and_fetch", ptr, value)
#define __sync_nand_and_fetch(ptr, value, ...) __refproof_arithmetic("__sync_nand_and_fetch", ptr, value)
#define __sync_bool_compare_and_swap(ptr, old, new, ...)                                                               \
	__refproof_compare_value(_Bool, "__sync_bool_compare_and_swap", ptr, __refproof_size(ptr), old, new)
#define __sync_val_compare_and_swap(ptr, old, new, ...)                                                                \
	__refproof_compare_value(__refproof_type(ptr), "__sync_val_compare_and_swap", ptr, __refproof_size(ptr), old, new)
#define __sync_lock_test_and_set(ptr, value, ...) __refproof_exchange("__sync_lock_test_and_set", ptr, value)
#define __sync_lock_release(ptr, ...)                                                                                  \
	((void)__refproof_access("__sync_lock_release", (volatile void *)(ptr), __refproof_size(ptr)))
#define __sync_synchronize(...) __refproof_fence("__sync_synchronize")

#endif
