/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: what memory management code includes most. */
#ifndef REFPROOF_LINUX_MM_H
#define REFPROOF_LINUX_MM_H

#include <linux/atomic.h>
#include <linux/mm_types.h>
#include <linux/mmdebug.h>
#include <linux/page-flags.h>
#include <linux/page_ref.h>

#endif
