/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in: a region in which the task is not preempted is a read-side section of RCU: synchronize_rcu() waits for it,
 * too (Documentation/RCU/whatisRCU.rst, "Analogy with Reader-Writer Locking"; since Linux 4.20 there is one flavour).
 */
#ifndef REFPROOF_LINUX_PREEMPT_H
#define REFPROOF_LINUX_PREEMPT_H

#include <linux/rcupdate.h>

#define preempt_disable() rcu_read_lock()
#define preempt_enable() rcu_read_unlock()

#endif
