/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: exchange and compare-exchange on any object of at most 64 bits. */
#ifndef REFPROOF_ASM_CMPXCHG_H
#define REFPROOF_ASM_CMPXCHG_H

#include <linux/compiler.h>

#define __refproof_cmpxchg(name, ptr, old, new)                                                                        \
	__refproof_compare_value(__refproof_type(ptr), name, ptr, __refproof_size(ptr), old, new)
#define __refproof_cmpxchg64(name, ptr, old, new)                                                                      \
	__refproof_compare_value(__refproof_type(ptr), name, ptr, __refproof_size64(ptr), old, new)
#define __refproof_try_cmpxchg(name, ptr, oldp, new)                                                                   \
	__refproof_compare_expected(name, ptr, __refproof_pair_size(ptr, oldp), oldp, new)
#define __refproof_try_cmpxchg64(name, ptr, oldp, new)                                                                 \
	__refproof_compare_expected(name, ptr, __refproof_pair_size64(ptr, oldp), oldp, new)
#define __refproof_size64(ptr) __refproof_checked_size(ptr, sizeof(*(ptr)) == 8, "the object must have 64 bits")
#define __refproof_pair_size64(ptr, other)                                                                             \
	__refproof_checked_size(ptr, sizeof(*(ptr)) == 8 && sizeof(*(other)) == 8, "both objects must have 64 bits")
/* first and second must be adjacent words; the front end checks that. */
#define __refproof_cmpxchg_double(name, first, second, old1, old2, new1, new2)                                         \
	((_Bool)__refproof_access(name, (volatile void *)(first), __refproof_pair_size64(first, second),               \
				  (volatile void *)(second), (unsigned long)(old1), (unsigned long)(old2),             \
				  (unsigned long)(new1), (unsigned long)(new2)))

#define xchg(ptr, value) __refproof_exchange("xchg", ptr, value)
#define xchg_acquire(ptr, value) __refproof_exchange("xchg_acquire", ptr, value)
#define xchg_release(ptr, value) __refproof_exchange("xchg_release", ptr, value)
#define xchg_relaxed(ptr, value) __refproof_exchange("xchg_relaxed", ptr, value)

#define cmpxchg(ptr, old, new) __refproof_cmpxchg("cmpxchg", ptr, old, new)
#define cmpxchg_acquire(ptr, old, new) __refproof_cmpxchg("cmpxchg_acquire", ptr, old, new)
#define cmpxchg_release(ptr, old, new) __refproof_cmpxchg("cmpxchg_release", ptr, old, new)
#define cmpxchg_relaxed(ptr, old, new) __refproof_cmpxchg("cmpxchg_relaxed", ptr, old, new)
#define cmpxchg_local(ptr, old, new) __refproof_cmpxchg("cmpxchg_local", ptr, old, new)
#define sync_cmpxchg(ptr, old, new) __refproof_cmpxchg("sync_cmpxchg", ptr, old, new)
#define cmpxchg64(ptr, old, new) __refproof_cmpxchg64("cmpxchg64", ptr, old, new)
#define cmpxchg64_acquire(ptr, old, new) __refproof_cmpxchg64("cmpxchg64_acquire", ptr, old, new)
#define cmpxchg64_release(ptr, old, new) __refproof_cmpxchg64("cmpxchg64_release", ptr, old, new)
#define cmpxchg64_relaxed(ptr, old, new) __refproof_cmpxchg64("cmpxchg64_relaxed", ptr, old, new)
#define cmpxchg64_local(ptr, old, new) __refproof_cmpxchg64("cmpxchg64_local", ptr, old, new)

#define try_cmpxchg(ptr, oldp, new) __refproof_try_cmpxchg("try_cmpxchg", ptr, oldp, new)
#define try_cmpxchg_acquire(ptr, oldp, new) __refproof_try_cmpxchg("try_cmpxchg_acquire", ptr, oldp, new)
#define try_cmpxchg_release(ptr, oldp, new) __refproof_try_cmpxchg("try_cmpxchg_release", ptr, oldp, new)
#define try_cmpxchg_relaxed(ptr, oldp, new) __refproof_try_cmpxchg("try_cmpxchg_relaxed", ptr, oldp, new)
#define try_cmpxchg_local(ptr, oldp, new) __refproof_try_cmpxchg("try_cmpxchg_local", ptr, oldp, new)
#define sync_try_cmpxchg(ptr, oldp, new) __refproof_try_cmpxchg("sync_try_cmpxchg", ptr, oldp, new)
#define try_cmpxchg64(ptr, oldp, new) __refproof_try_cmpxchg64("try_cmpxchg64", ptr, oldp, new)
#define try_cmpxchg64_acquire(ptr, oldp, new)                                                                          \
	__refproof_try_cmpxchg64("try_cmpxchg64_acquire", ptr, oldp, new)
#define try_cmpxchg64_release(ptr, oldp, new)                                                                          \
	__refproof_try_cmpxchg64("try_cmpxchg64_release", ptr, oldp, new)
#define try_cmpxchg64_relaxed(ptr, oldp, new)                                                                          \
	__refproof_try_cmpxchg64("try_cmpxchg64_relaxed", ptr, oldp, new)
#define try_cmpxchg64_local(ptr, oldp, new)                                                                            \
	__refproof_try_cmpxchg64("try_cmpxchg64_local", ptr, oldp, new)

#define cmpxchg_double(first, second, old1, old2, new1, new2)                                                          \
	__refproof_cmpxchg_double("cmpxchg_double", first, second, old1, old2, new1, new2)
#define cmpxchg_double_local(first, second, old1, old2, new1, new2)                                                    \
	__refproof_cmpxchg_double("cmpxchg_double_local", first, second, old1, old2, new1, new2)

/* 128-bit words: the front end refuses these by name. */
#define __refproof_wide(name, ptr, ...) __refproof_access(name, (volatile void *)(ptr), sizeof(*(ptr)), __VA_ARGS__)
#define cmpxchg128(ptr, old, new) __refproof_wide("cmpxchg128", ptr, old, new)
#define cmpxchg128_acquire(ptr, old, new) __refproof_wide("cmpxchg128_acquire", ptr, old, new)
#define cmpxchg128_release(ptr, old, new) __refproof_wide("cmpxchg128_release", ptr, old, new)
#define cmpxchg128_relaxed(ptr, old, new) __refproof_wide("cmpxchg128_relaxed", ptr, old, new)
#define cmpxchg128_local(ptr, old, new) __refproof_wide("cmpxchg128_local", ptr, old, new)
#define try_cmpxchg128(ptr, oldp, new) __refproof_wide("try_cmpxchg128", ptr, oldp, new)
#define try_cmpxchg128_acquire(ptr, oldp, new) __refproof_wide("try_cmpxchg128_acquire", ptr, oldp, new)
#define try_cmpxchg128_release(ptr, oldp, new) __refproof_wide("try_cmpxchg128_release", ptr, oldp, new)
#define try_cmpxchg128_relaxed(ptr, oldp, new) __refproof_wide("try_cmpxchg128_relaxed", ptr, oldp, new)
#define try_cmpxchg128_local(ptr, oldp, new) __refproof_wide("try_cmpxchg128_local", ptr, oldp, new)

/* The names without instrumentation. */
#define raw_xchg xchg
#define raw_xchg_acquire xchg_acquire
#define raw_xchg_release xchg_release
#define raw_xchg_relaxed xchg_relaxed
#define raw_cmpxchg cmpxchg
#define raw_cmpxchg_acquire cmpxchg_acquire
#define raw_cmpxchg_release cmpxchg_release
#define raw_cmpxchg_relaxed cmpxchg_relaxed
#define raw_cmpxchg_local cmpxchg_local
#define raw_sync_cmpxchg sync_cmpxchg
#define raw_cmpxchg64 cmpxchg64
#define raw_cmpxchg64_acquire cmpxchg64_acquire
#define raw_cmpxchg64_release cmpxchg64_release
#define raw_cmpxchg64_relaxed cmpxchg64_relaxed
#define raw_cmpxchg64_local cmpxchg64_local
#define raw_try_cmpxchg try_cmpxchg
#define raw_try_cmpxchg_acquire try_cmpxchg_acquire
#define raw_try_cmpxchg_release try_cmpxchg_release
#define raw_try_cmpxchg_relaxed try_cmpxchg_relaxed
#define raw_try_cmpxchg_local try_cmpxchg_local
#define raw_sync_try_cmpxchg sync_try_cmpxchg
#define raw_try_cmpxchg64 try_cmpxchg64
#define raw_try_cmpxchg64_acquire try_cmpxchg64_acquire
#define raw_try_cmpxchg64_release try_cmpxchg64_release
#define raw_try_cmpxchg64_relaxed try_cmpxchg64_relaxed
#define raw_try_cmpxchg64_local try_cmpxchg64_local
#define raw_cmpxchg_double cmpxchg_double
#define raw_cmpxchg_double_local cmpxchg_double_local
#define arch_xchg xchg
#define arch_xchg_acquire xchg_acquire
#define arch_xchg_release xchg_release
#define arch_xchg_relaxed xchg_relaxed
#define arch_cmpxchg cmpxchg
#define arch_cmpxchg_acquire cmpxchg_acquire
#define arch_cmpxchg_release cmpxchg_release
#define arch_cmpxchg_relaxed cmpxchg_relaxed
#define arch_cmpxchg_local cmpxchg_local
#define arch_sync_cmpxchg sync_cmpxchg
#define arch_cmpxchg64 cmpxchg64
#define arch_cmpxchg64_acquire cmpxchg64_acquire
#define arch_cmpxchg64_release cmpxchg64_release
#define arch_cmpxchg64_relaxed cmpxchg64_relaxed
#define arch_cmpxchg64_local cmpxchg64_local
#define arch_try_cmpxchg try_cmpxchg
#define arch_try_cmpxchg_acquire try_cmpxchg_acquire
#define arch_try_cmpxchg_release try_cmpxchg_release
#define arch_try_cmpxchg_relaxed try_cmpxchg_relaxed
#define arch_try_cmpxchg_local try_cmpxchg_local
#define arch_sync_try_cmpxchg sync_try_cmpxchg
#define arch_try_cmpxchg64 try_cmpxchg64
#define arch_try_cmpxchg64_acquire try_cmpxchg64_acquire
#define arch_try_cmpxchg64_release try_cmpxchg64_release
#define arch_try_cmpxchg64_relaxed try_cmpxchg64_relaxed
#define arch_try_cmpxchg64_local try_cmpxchg64_local
#define arch_cmpxchg_double cmpxchg_double
#define arch_cmpxchg_double_local cmpxchg_double_local
#define raw_cmpxchg128 cmpxchg128
#define raw_cmpxchg128_acquire cmpxchg128_acquire
#define raw_cmpxchg128_release cmpxchg128_release
#define raw_cmpxchg128_relaxed cmpxchg128_relaxed
#define raw_cmpxchg128_local cmpxchg128_local
#define raw_try_cmpxchg128 try_cmpxchg128
#define raw_try_cmpxchg128_acquire try_cmpxchg128_acquire
#define raw_try_cmpxchg128_release try_cmpxchg128_release
#define raw_try_cmpxchg128_relaxed try_cmpxchg128_relaxed
#define raw_try_cmpxchg128_local try_cmpxchg128_local
#define arch_cmpxchg128 cmpxchg128
#define arch_cmpxchg128_acquire cmpxchg128_acquire
#define arch_cmpxchg128_release cmpxchg128_release
#define arch_cmpxchg128_relaxed cmpxchg128_relaxed
#define arch_cmpxchg128_local cmpxchg128_local
#define arch_try_cmpxchg128 try_cmpxchg128
#define arch_try_cmpxchg128_acquire try_cmpxchg128_acquire
#define arch_try_cmpxchg128_release try_cmpxchg128_release
#define arch_try_cmpxchg128_relaxed try_cmpxchg128_relaxed
#define arch_try_cmpxchg128_local try_cmpxchg128_local

#endif
