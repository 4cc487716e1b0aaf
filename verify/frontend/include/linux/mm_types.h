/* SPDX-License-Identifier: Apache-2.0 */
/* Stand-in: as much of struct page and struct folio as reference counting looks at. */
#ifndef REFPROOF_LINUX_MM_TYPES_H
#define REFPROOF_LINUX_MM_TYPES_H

#include <linux/types.h>

struct page {
	unsigned long flags;
	unsigned long compound_head;
	atomic_t _mapcount;
	atomic_t _refcount;
};

/* A folio begins with its head page, whose fields are its own. */
struct folio {
	union {
		struct {
			unsigned long flags;
			unsigned long compound_head;
			atomic_t _mapcount;
			atomic_t _refcount;
		};
		struct page page;
	};
};

#endif
