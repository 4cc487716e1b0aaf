/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: assertions that CONFIG_DEBUG_VM compiles in; without it their conditions are not evaluated. */
#ifndef REFPROOF_LINUX_MMDEBUG_H
#define REFPROOF_LINUX_MMDEBUG_H

#include <linux/bug.h>

struct page;
struct folio;

#ifdef CONFIG_DEBUG_VM
#define VM_BUG_ON(condition) __refproof_bug_on(!!(condition), "VM_BUG_ON(" #condition ")")
#define VM_BUG_ON_PAGE(condition, page) __refproof_bug_on(!!(condition), "VM_BUG_ON_PAGE(" #condition ")")
#define VM_BUG_ON_FOLIO(condition, folio) __refproof_bug_on(!!(condition), "VM_BUG_ON_FOLIO(" #condition ")")
#define VM_WARN_ON(condition) __refproof_warn_on(!!(condition), "VM_WARN_ON(" #condition ")")
#define VM_WARN_ON_ONCE(condition) __refproof_warn_on(!!(condition), "VM_WARN_ON_ONCE(" #condition ")")
#define VM_WARN_ON_PAGE(condition, page) __refproof_warn_on(!!(condition), "VM_WARN_ON_PAGE(" #condition ")")
#define VM_WARN_ON_FOLIO(condition, folio) __refproof_warn_on(!!(condition), "VM_WARN_ON_FOLIO(" #condition ")")
#define VM_WARN_ON_ONCE_PAGE(condition, page) __refproof_warn_on(!!(condition), "VM_WARN_ON_ONCE_PAGE(" #condition ")")
#define VM_WARN_ON_ONCE_FOLIO(condition, folio)                                                                        \
	__refproof_warn_on(!!(condition), "VM_WARN_ON_ONCE_FOLIO(" #condition ")")
#define VM_WARN_ONCE(condition, ...) __refproof_warn_on(!!(condition), "VM_WARN_ONCE(" #condition ")")
#define VM_WARN(condition, ...) __refproof_warn_on(!!(condition), "VM_WARN(" #condition ")")
#else
#define VM_BUG_ON(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_BUG_ON_PAGE(condition, page) BUILD_BUG_ON_INVALID(condition)
#define VM_BUG_ON_FOLIO(condition, folio) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_ONCE(condition) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_PAGE(condition, page) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_FOLIO(condition, folio) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_ONCE_PAGE(condition, page) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ON_ONCE_FOLIO(condition, folio) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN_ONCE(condition, ...) BUILD_BUG_ON_INVALID(condition)
#define VM_WARN(condition, ...) BUILD_BUG_ON_INVALID(condition)
#endif

#define VM_BUG_ON_PGFLAGS(condition, page) VM_BUG_ON_PAGE(condition, page)

#endif
