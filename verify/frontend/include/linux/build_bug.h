/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: see the header that this one includes. */
#ifndef REFPROOF_LINUX_BUILD_BUG_H
#define REFPROOF_LINUX_BUILD_BUG_H

#include <linux/bug.h>

#endif
