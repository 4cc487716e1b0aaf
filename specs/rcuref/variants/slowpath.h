/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What rcuref_get() and rcuref_put() call out of line, in our own words.
 *
 * RCUREF_READS_AGAIN: the slow path of a put reads the word again, instead of
 * being told what its own decrement left there.
 */
#ifndef RCUREF_KILL
/* Nobody may get a reference any more, unless somebody just did. */
static inline bool rcuref_kill(rcuref_t *ref, unsigned int cnt)
{
	if (!atomic_try_cmpxchg_release(&ref->refcnt, (int *)&cnt, RCUREF_DEAD))
		return false;
	smp_acquire__after_ctrl_dep();
	return true;
}
#endif

bool rcuref_get_slowpath(rcuref_t *ref)
{
	unsigned int cnt = atomic_read(&ref->refcnt);

	if (cnt >= RCUREF_RELEASED) {
		atomic_set(&ref->refcnt, RCUREF_DEAD);
		return false;
	}
	if (WARN_ON_ONCE(cnt > RCUREF_MAXREF))
		atomic_set(&ref->refcnt, RCUREF_SATURATED);
	return true;
}

bool rcuref_put_slowpath(rcuref_t *ref, unsigned int cnt)
{
#ifdef RCUREF_READS_AGAIN
	cnt = atomic_read(&ref->refcnt);
#endif
	if (cnt == RCUREF_NOREF)
		return rcuref_kill(ref, cnt);
	if (WARN_ON_ONCE(cnt >= RCUREF_RELEASED)) {
		atomic_set(&ref->refcnt, RCUREF_DEAD);
		return false;
	}
	if (cnt > RCUREF_MAXREF)
		atomic_set(&ref->refcnt, RCUREF_SATURATED);
	return false;
}
