// SPDX-License-Identifier: Apache-2.0
/* Later mainline: the count is read before the look for a fake head. */
#include <refproof.h>
#include "../page_ref/variants/mainline_6_11.h"

#define try_get(page)		page_ref_add_unless_count_first(page, 1, 0)
#define FROZEN			0

#include "lifecycle.h"
