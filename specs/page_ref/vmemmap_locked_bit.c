// SPDX-License-Identifier: Apache-2.0
/* The patch, first version, with what it does about read-only counts. */
#include <refproof.h>
#include "variants/locked_bit_rcu.h"

#define try_get(page, nr)	page_ref_get_count_first(page, nr)
#define FROZEN			PAGE_REF_LOCKED

#include "vmemmap.h"
