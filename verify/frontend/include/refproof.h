/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of the specification language. A specification is C: clang parses it together with the code under test,
 * and nothing of it ever runs. See docs/spec-language.md.
 */
#ifndef REFPROOF_H
#define REFPROOF_H

#include <linux/types.h>

#define __refproof_join_(a, b) a##b
#define __refproof_join(a, b) __refproof_join_(a, b)
#define __refproof_note(text) __attribute__((annotate("refproof:" text), unused))

/* What any number of CPUs may do at any time, again and again. */
#define ACTOR(name) __refproof_note("actor:" #name) static void refproof_actor_##name(void)
/* At most n entries in a whole run. */
#define ACTOR_MAX(n, name)                                                                                             \
	enum { refproof_max_##name = (n) };                                                                            \
	ACTOR(name)
/* At most n CPUs inside at once. */
#define ACTOR_LIMIT(n, name)                                                                                           \
	enum { refproof_limit_##name = (n) };                                                                          \
	ACTOR(name)
/* At most max contexts inside actors. */
#define CPUS(max) enum { refproof_cpus_max = (max) }

/* Runs alone, before every actor. Shared memory is zero when it starts. */
#define INIT __refproof_note("init") static void __refproof_join(refproof_init_, __COUNTER__)(void)

/* State that exists only in the proof. */
#define GHOST __attribute__((annotate("refproof:ghost")))
/* A ghost that is only copied and compared with == and !=; FRESH makes it different from every live one. */
typedef struct refproof_token_struct *refproof_token;
#define TOKEN __attribute__((annotate("refproof:ghost"))) refproof_token
extern void __refproof_fresh(refproof_token *token);
#define FRESH(token) __refproof_fresh(&(token))

/* One step of specification code. The else keeps an outer if from losing its own. */
extern int __refproof_atomically(void);
#define ATOMICALLY                                                                                                     \
	if (!__refproof_atomically()) {                                                                                \
	} else

extern void __refproof_check(const char *id, _Bool condition, const char *text);
#define CHECK(id, cond) __refproof_check(id, (cond), #cond)

#define __refproof_predicate(kind, id, cond, text)                                                                     \
	__refproof_note("predicate:" kind)                                                                             \
	__refproof_note("id:" id)                                                                                      \
	__refproof_note("text:" text)                                                                                  \
	static _Bool __refproof_join(refproof_predicate_, __COUNTER__)(void)                                           \
	{                                                                                                              \
		return (cond);                                                                                         \
	}
/* After INIT and after every step. */
#define ALWAYS(id, cond) __refproof_predicate("always", id, cond, #cond)
/* In states where no CPU is inside an actor. */
#define QUIESCENT(id, cond) __refproof_predicate("quiescent", id, cond, #cond)
/* A hint for the proof; never trusted. */
#define LEMMA(cond) __refproof_predicate("lemma", "", cond, #cond)

extern _Bool __refproof_no_store(const volatile void *object, unsigned long size, _Bool condition);
/* No access outside of ATOMICALLY stores to the object while a condition on ghosts holds. */
#define NO_STORE(id, object, cond)                                                                                     \
	__refproof_note("predicate:no-store")                                                                          \
	__refproof_note("id:" id)                                                                                      \
	__refproof_note("text:no store to " #object " while " #cond)                                                   \
	static _Bool __refproof_join(refproof_no_store_, __COUNTER__)(void)                                            \
	{                                                                                                              \
		return __refproof_no_store(&(object), sizeof(object), (cond));                                         \
	}

/* Any value between two constants, both included. */
extern long long __refproof_any(long long low, long long high);
#define ANY(low, high) ((__typeof__((low) + (high)))__refproof_any((low), (high)))

extern void __refproof_assume(_Bool condition, const char *text);
#define ASSUME(cond) __refproof_assume((cond), #cond)
/* Blocks until the condition holds. */
extern void __refproof_wait(_Bool condition, const char *text);
#define WAIT(cond) __refproof_wait((cond), #cond)

/* The verdict that a property is expected to have, if it is not PROVED: REFUTED or VACUOUS. */
#define EXPECT(id, verdict)                                                                                            \
	__refproof_note("expect:" id)                                                                                  \
	__refproof_note("verdict:" #verdict) extern void __refproof_join(refproof_expect_, __COUNTER__)(void)

/* A constant that the tool may switch, false by default; the same wherever the id stands. */
extern _Bool __refproof_knob(const char *id);
#define KNOB(id) __refproof_knob(id)

#endif
