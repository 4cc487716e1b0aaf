/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code under test, and what a lifecycle must know of it. The first version
 * of the patch, or with -D
 *
 *	MAINLINE	the code before the patch: 6.1, or the kernel's own header
 *	V2		the second version
 *	V3		the third and fourth
 *	V5		the fifth
 */
#ifdef MAINLINE

#ifdef REFPROOF_KERNEL
#include <linux/page_ref.h>
#else
#include "../../page_ref/variants/mainline_6_1.h"
#include "../../page_ref/variants/returning.h"
#endif
#define try_get(page, nr)	page_ref_add_unless(page, nr, 0)
#define set_free(page)		set_page_count(page, 0)
#define marked_free(page)	(atomic_read(&(page)->_refcount) == 0)

#else

#if defined(V2)
#include "../../page_ref/variants/locked_bit_v2.h"
#elif defined(V3)
#include "../../page_ref/variants/frozen_bit_v3.h"
#include "../../page_ref/variants/returning.h"
#elif defined(V5)
#include "../../page_ref/variants/frozen_bit_v5.h"
#include "../../page_ref/variants/returning.h"
#else
#include "../../page_ref/variants/locked_bit.h"
#include "../../page_ref/variants/returning.h"
#endif
#if defined(V3) || defined(V5)
#define try_get(page, nr)	page_ref_add_unless_frozen(page, nr)
#else
#define try_get(page, nr)	page_ref_add_unless_zero(page, nr)
#endif
#define set_free(page)		set_page_locked_count(page)
#define marked_free(page)	(atomic_read(&(page)->_refcount) & PAGE_REF_LOCKED)

#endif

#define enter_allocator(page)	set_free(page)
#define set_tail(page)		set_free(page)
