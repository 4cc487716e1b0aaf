/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: without lock debugging (CONFIG_PROVE_RCU=n); the condition is not evaluated. */
#ifndef REFPROOF_LINUX_LOCKDEP_H
#define REFPROOF_LINUX_LOCKDEP_H

#define RCU_LOCKDEP_WARN(condition, text) do { } while (0)

#endif
