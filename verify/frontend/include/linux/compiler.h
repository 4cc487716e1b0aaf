/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: the compiler words of the kernel that change no value. */
#ifndef REFPROOF_LINUX_COMPILER_H
#define REFPROOF_LINUX_COMPILER_H

#include <refproof/builtins.h>

/* Undefined before they are defined, so that another stand-in may have said the same. */
#undef likely
#undef unlikely
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#undef __always_inline
#undef noinline
#undef __maybe_unused
#undef __must_check
#define __always_inline inline __attribute__((__always_inline__))
#define noinline __attribute__((__noinline__))
#define __maybe_unused __attribute__((__unused__))
#define __must_check __attribute__((__warn_unused_result__))

#undef __force
#undef __user
#undef __percpu
#undef __rcu
#undef __iomem
#undef __kernel
#define __force
#define __user
#define __percpu
#define __rcu
#define __iomem
#define __kernel

/* A function whose arithmetic is meant to wrap, for another checker. */
#undef __signed_wrap
#define __signed_wrap

/* Notes on locks for another checker. */
#undef __acquires
#undef __cond_acquires
#undef __releases
#undef __must_hold
#define __acquires(lock)
#define __cond_acquires(lock)
#define __releases(lock)
#define __must_hold(lock)

/* A marked access: one load or store of the whole object. */
#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x) (*(const volatile __typeof_unqual__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof_unqual__(x) *)&(x) = (value))

/* Silences a race detector; the access stays a plain one. */
#define data_race(x) (x)
#define __native_word(t) (sizeof(t) == 1 || sizeof(t) == 2 || sizeof(t) == 4 || sizeof(t) == 8)

extern void barrier(void);

#endif
