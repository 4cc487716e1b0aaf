/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: a reached BUG_ON or WARN_ON with a true condition violates a property of its own. */
#ifndef REFPROOF_LINUX_BUG_H
#define REFPROOF_LINUX_BUG_H

#include <linux/compiler.h>
#include <linux/types.h>

/* Ends the CPU's actor where the condition holds. */
extern void __refproof_bug_on(_Bool condition, const char *text);
/* Returns the condition. */
extern _Bool __refproof_warn_on(_Bool condition, const char *text);

#define BUG_ON(condition) __refproof_bug_on(!!(condition), "BUG_ON(" #condition ")")
#define BUG() __refproof_bug_on(1, "BUG()")
#define WARN_ON(condition) ((int)__refproof_warn_on(!!(condition), "WARN_ON(" #condition ")"))
#define WARN_ON_ONCE(condition) ((int)__refproof_warn_on(!!(condition), "WARN_ON_ONCE(" #condition ")"))
#define WARN(condition, ...) ((int)__refproof_warn_on(!!(condition), "WARN(" #condition ")"))
#define WARN_ONCE(condition, ...) ((int)__refproof_warn_on(!!(condition), "WARN_ONCE(" #condition ")"))

/* Decided while compiling; the condition is not evaluated. */
#define BUILD_BUG_ON(condition) ((void)sizeof(struct { _Static_assert(!(condition), #condition); char unused; }))
#define BUILD_BUG_ON_INVALID(e) ((void)sizeof((long)(e)))

#endif
