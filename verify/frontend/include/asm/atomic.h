/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: see the header that this one includes. */
#ifndef REFPROOF_ASM_ATOMIC_H
#define REFPROOF_ASM_ATOMIC_H

#include <linux/atomic.h>

#endif
