/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the kernel's own generic atomics in user space. The test puts empty files in place of the headers that these
 * include (asm/cmpxchg.h, linux/compiler.h …); what they need is here. The only operations of ours are exchange,
 * compare-exchange, load and store, made of the compiler's builtins; they count the stores that happen.
 */

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;
typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;

#define bool _Bool
#define true 1
#define false 0
#define CONFIG_SMP 1
#define CONFIG_64BIT 1
#define __always_inline inline __attribute__((__always_inline__))
#define likely(x) (x)
#define unlikely(x) (x)
#define __native_word(t) 1

static unsigned int stores_seen;

#define READ_ONCE(x) __atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, value) (stores_seen++, __atomic_store_n(&(x), (value), __ATOMIC_RELAXED))
#define smp_load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define smp_store_release(p, value) (stores_seen++, __atomic_store_n((p), (value), __ATOMIC_RELEASE))
#define __atomic_acquire_fence() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define __atomic_release_fence() __atomic_thread_fence(__ATOMIC_RELEASE)

#define arch_xchg(p, value) (stores_seen++, __atomic_exchange_n((p), (value), __ATOMIC_SEQ_CST))
#define arch_cmpxchg(p, wanted, value)                                                                                 \
	({                                                                                                             \
		__typeof__(*(p)) found = (wanted);                                                                     \
		stores_seen += __atomic_compare_exchange_n((p), &found, (value), 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST); \
		found;                                                                                                 \
	})
#define arch_cmpxchg64 arch_cmpxchg
#define arch_cmpxchg_local arch_cmpxchg
#define arch_cmpxchg64_local arch_cmpxchg
#define arch_sync_cmpxchg arch_cmpxchg
/* The compiler makes one instruction of this; the second word is the upper half of the 128 bits. */
#define arch_cmpxchg_double(p, q, o1, o2, n1, n2)                                                                      \
	({                                                                                                             \
		unsigned __int128 wanted_ = (unsigned __int128)(u64)(o2) << 64 | (u64)(o1);                            \
		unsigned __int128 value_ = (unsigned __int128)(u64)(n2) << 64 | (u64)(n1);                             \
		bool done_ = __sync_bool_compare_and_swap((unsigned __int128 *)(p), wanted_, value_);                  \
		(void)(q);                                                                                             \
		stores_seen += done_;                                                                                  \
		done_;                                                                                                 \
	})
#define arch_cmpxchg_double_local arch_cmpxchg_double

#define instrument_atomic_read(p, size) ((void)(p))
#define instrument_atomic_write(p, size) ((void)(p))
#define instrument_atomic_read_write(p, size) ((void)(p))
#define kcsan_mb() ((void)0)
#define kcsan_release() ((void)0)

/* The generic 32-bit file once more with 64-bit words: the kernel's own 64-bit fallback is not in a header. */
#define int s64
#define atomic_t atomic64_t
#define generic_atomic_add generic_atomic64_add
#define generic_atomic_sub generic_atomic64_sub
#define generic_atomic_and generic_atomic64_and
#define generic_atomic_or generic_atomic64_or
#define generic_atomic_xor generic_atomic64_xor
#define generic_atomic_add_return generic_atomic64_add_return
#define generic_atomic_sub_return generic_atomic64_sub_return
#define generic_atomic_fetch_add generic_atomic64_fetch_add
#define generic_atomic_fetch_sub generic_atomic64_fetch_sub
#define generic_atomic_fetch_and generic_atomic64_fetch_and
#define generic_atomic_fetch_or generic_atomic64_fetch_or
#define generic_atomic_fetch_xor generic_atomic64_fetch_xor
#include <asm-generic/atomic.h>
#undef int
#undef atomic_t
#undef generic_atomic_add
#undef generic_atomic_sub
#undef generic_atomic_and
#undef generic_atomic_or
#undef generic_atomic_xor
#undef generic_atomic_add_return
#undef generic_atomic_sub_return
#undef generic_atomic_fetch_add
#undef generic_atomic_fetch_sub
#undef generic_atomic_fetch_and
#undef generic_atomic_fetch_or
#undef generic_atomic_fetch_xor
#undef __ASM_GENERIC_ATOMIC_H
#include <asm-generic/atomic.h>

#define arch_atomic64_add generic_atomic64_add
#define arch_atomic64_sub generic_atomic64_sub
#define arch_atomic64_and generic_atomic64_and
#define arch_atomic64_or generic_atomic64_or
#define arch_atomic64_xor generic_atomic64_xor
#define arch_atomic64_add_return generic_atomic64_add_return
#define arch_atomic64_sub_return generic_atomic64_sub_return
#define arch_atomic64_fetch_add generic_atomic64_fetch_add
#define arch_atomic64_fetch_sub generic_atomic64_fetch_sub
#define arch_atomic64_fetch_and generic_atomic64_fetch_and
#define arch_atomic64_fetch_or generic_atomic64_fetch_or
#define arch_atomic64_fetch_xor generic_atomic64_fetch_xor
#define arch_atomic64_read(v) READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i) WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_xchg(v, i) arch_xchg(&(v)->counter, (i))
#define arch_atomic64_cmpxchg(v, o, n) arch_cmpxchg(&(v)->counter, (o), (n))

#include <linux/atomic/atomic-arch-fallback.h>
#include <linux/atomic/atomic-long.h>
#include <linux/atomic/atomic-instrumented.h>
