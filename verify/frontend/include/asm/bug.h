/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: see the header that this one includes. */
#ifndef REFPROOF_ASM_BUG_H
#define REFPROOF_ASM_BUG_H

#include <linux/bug.h>

#endif
