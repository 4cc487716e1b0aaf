// SPDX-License-Identifier: Apache-2.0
/* The patch, first version, with what it does about read-only counts. */
#include <refproof.h>
#include "../page_ref/variants/locked_bit_rcu.h"

#define try_get(page)		page_ref_get_count_first(page, 1)
#define FROZEN			PAGE_REF_LOCKED

#include "lifecycle.h"
