/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: common words of the kernel. */
#ifndef REFPROOF_LINUX_KERNEL_H
#define REFPROOF_LINUX_KERNEL_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/limits.h>
#include <linux/types.h>

#define container_of(ptr, type, member) ((type *)((char *)(ptr) - __builtin_offsetof(type, member)))

#endif
