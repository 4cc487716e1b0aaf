/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stand-in: read-side sections of RCU and the wait for a grace period. The front end gives them their meaning
 * (verify/frontend/rcu.py): the waiter goes on when every CPU that was inside a section at its start has left it.
 */
#ifndef REFPROOF_LINUX_RCUPDATE_H
#define REFPROOF_LINUX_RCUPDATE_H

#include <linux/compiler.h>

extern void __refproof_rcu_read_lock(void);
extern void __refproof_rcu_read_unlock(void);
extern void __refproof_synchronize_rcu(void);

#define rcu_read_lock() __refproof_rcu_read_lock()
#define rcu_read_unlock() __refproof_rcu_read_unlock()
#define synchronize_rcu() __refproof_synchronize_rcu()
#define synchronize_rcu_expedited() __refproof_synchronize_rcu()

#endif
