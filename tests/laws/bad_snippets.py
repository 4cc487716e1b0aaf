"""Bad and odd texts for law 8: pieces of a specification, and what may go wrong in each."""

# ruff: noqa: E501 - C text reads best on one line

from __future__ import annotations

from typing import Final

HEAD: Final = """#include <refproof.h>
#include <linux/atomic.h>
#include <linux/bug.h>
atomic_t word;
int plain;
int array[4];
GHOST unsigned int refs;
GHOST bool flag;
TOKEN life;
"""
SPEC: Final = (
    HEAD
    + """#define GET(p, n) ({ int old_ = atomic_fetch_add((n), (p)); old_ + (n); })
static inline bool try_get(atomic_t *v, int nr)
{
	int c = atomic_read(v);
	do {
		if (unlikely(c < 0 || c > 'a' + 0x7ff))
			return false;
	} while (!atomic_try_cmpxchg(v, &c, c + nr));
	return true;
}
INIT { atomic_set(&word, 1); FRESH(life); }
ACTOR(get)
{
	int nr = ANY(1, 3);
	ASSUME(refs <= 100 - nr);
	if (try_get(&word, nr)) {
		CHECK("no-get-after-free", flag);
		refs += nr;
	}
	switch (nr) { case 1: refs += 0; case 2: break; default: WARN_ON(GET(&word, 0) < 0); }
}
ACTOR_MAX(2, put)
{
	ATOMICALLY { ASSUME(refs > 0); refs -= 1; }
	WAIT(atomic_read(&word) > 0);
	for (int i = 0; i < 2; i++)
		BUG_ON(atomic_dec_return(&word) == -1);
}
CPUS(8);
ALWAYS("small", atomic_read(&word) < 1000);
QUIESCENT("none", refs == 0 || !flag);
LEMMA(refs < 200);
EXPECT("small", REFUTED);
"""
)

TOP_LEVEL: Final = (
    "struct loop { struct loop inner; }; struct loop l;", "int huge[1ul << 40];", "int huge[99999999999999999999];",
    "char big[1 << 30]; ACTOR(b) { WRITE_ONCE(big[0], 1); }", "int none[0]; ACTOR(b) { none[0] = 1; }",
    "int open[]; ACTOR(b) { open[0] = 1; }", "struct { int a : 3, b : 5; } bits = { 1, 2 };",
    "struct { volatile int v; } w; ACTOR(b) { w.v++; }", "volatile struct { int a, b; } w; ACTOR(b) { w.a = w.b; }",
    "_Atomic int n; ACTOR(b) { n++; }", "_Atomic struct { int a; } n; ACTOR(b) { n; }", "double d = 1.5; ACTOR(b) { d *= 2; }",
    "int (*f)(int); ACTOR(b) { f(1); }", "int f(int n, ...) { return n; } ACTOR(b) { f(1, 2); }",
    "int f(n) int n; { return n; } ACTOR(b) { f(1); }", "int f(int n) { return g(n); } int g(int n) { return f(n); }",
    "INIT { }", "ALWAYS(\"w\", atomic_inc_return(&word));", "ALWAYS(\"w\", (refs = 1));", "LEMMA(ANY(0, 1));",
    "QUIESCENT(\"\", 1);", "ALWAYS(\"small\", 1);", "EXPECT(\"none\", PROVD);", "EXPECT(\"non\", REFUTED);", "CPUS(-1);", "CPUS(1 << 31);",
    "CPUS(99999999999999999999);", "ACTOR_MAX(1 << 40, big) { }", "ACTOR_LIMIT(refs, x) { }", "ACTOR() { }", "ACTOR(a b) { }",
    "ACTOR(b) { ACTOR(c) { } }", "ACTOR(get) { }", "typedef int refs_t; GHOST refs_t r2; ACTOR(b) { r2 = 1; }",
    "typedef int CHECK_t; typedef CHECK_t ACTOR;", "int refproof_actor_x; ", "void refproof_init_9(void) { }",
    "__attribute__((annotate(\"refproof:actor:\"))) static void refproof_actor_(void) { }",
    "__attribute__((annotate(\"refproof:actor\"))) static void refproof_actor_(void) { }",
    "__attribute__((annotate(\"refproof:predicate:what\"))) static void refproof_p(void) { }",
    "__attribute__((annotate(\"refproof:predicate:always\"))) static int refproof_p(int n) { if (n) return 1; }",
    "__attribute__((annotate(\"refproof:init\"))) static void refproof_init(int n);", "enum { refproof_max_get = -5 };",
    "enum { refproof_cpus_max = 3 };", "GHOST int g[3];", "GHOST struct { int a; } g;", "GHOST float g;", "GHOST int *g;",
    "GHOST __int128 g = -1; ACTOR(b) { g += 1; }", "TOKEN t = 0;", "TOKEN t[2];", "GHOST int g = refs;", "GHOST int g = 1 / 0;",
    "const int k = 1 / 0; ACTOR(b) { refs = k; }", "int k = sizeof(struct nothing);", "_Static_assert(0, \"no\");", "#error no",
    "#include <linux/none.h>", "#include \"spec.c\"", "#include", "#define ACTOR 3", "#define refs flag", "#define int", "#pragma once",
    "#if 1", "#line 7 \"other.c\"", "# 1 \"/dev/null\"", "_Pragma(\"message(1)\")", "__asm__(\"nop\");", "extern int e; ACTOR(b) { e = 1; }",
    "int e __attribute__((alias(\"plain\")));", "int x = ({ 1; });", "union { int a; long b; } u = { .b = 1 }; ACTOR(b) { WRITE_ONCE(u.a, 2); }",
    "struct s { int n; int tail[]; } s; ACTOR(b) { s.tail[0] = 1; }", "enum e { A = 1ull << 63 }; ACTOR(b) { refs = A; }",
    "int f(void) { } ACTOR(b) { refs = f(); }", "_Noreturn void f(void); ACTOR(b) { f(); }", "struct s; extern struct s t; ACTOR(b) { (void)&t; }",
    "static int f(int n) { return n > 0 ? f(n - 1) : 0; } ACTOR(b) { f(3); }", "void *p = &p; ACTOR(b) { p = p; }", "int *q = &plain; ACTOR(b) { *q = 1; }",
    "int i = 1, j[] = { [2] = 1, [0 ... 1] = 3 };", "struct page page; ACTOR(b) { page; }", "_BitInt(9) z; ACTOR(b) { z += 1; }",
)  # fmt: skip

IN_ACTOR: Final = (
    "refs = 1 << 40;", "refs = 99999999999999999999;", "refs = 1u << refs;", "refs = refs / 0;", "refs = refs % -1;", "refs = -1;", "int n = ANY(0, 1ull << 63);",
    "int n = ANY(-1, 0xffffffffffffffff);", "int n = ANY(refs, 3);", "int n = ANY(1);", "ANY(1, 2);", "refs = ANY(1, 2);", "life = ANY(1, 2);", "TOKEN t; t = life; FRESH(t);",
    "FRESH(refs);", "FRESH(1);", "FRESH(*&life);", "life = 0;", "if (life) refs = 1;", "CHECK(refs, 1);", "CHECK(\"a\" \"b\", 1);", "CHECK(\"\", 1);", "CHECK(\"x\");",
    "const char *s = \"x\"; CHECK(s, 1);", "CHECK(\"\\xff\", 1);", "CHECK(\"\\n\\0z\", flag);", "CHECK(\"x\", life);", "CHECK(\"x\", atomic_read(&word));", "ASSUME(1 / refs);",
    "atomic_inc(&word); ASSUME(flag);", "WAIT(0);", "WAIT(({ while (1) ; 1; }));", "WAIT(refs++);", "ATOMICALLY ATOMICALLY refs = 1;", "ATOMICALLY { return; }", "ATOMICALLY { goto out; } out: ;",
    "goto in; ATOMICALLY { in: refs = 1; }", "goto nowhere;", "void *p = &&l; goto *p; l: ;", "for (;;) ;", "while (1) { refs++; }", "do ; while (refs);", "for (int i = 0; ; i++) if (i > 5) break;",
    "switch (refs) { }", "switch (refs) case 1: refs = 2;", "switch (refs) { int x; case 1 ... 3: x = 1; }", "switch (life) { default: ; }", "switch (1.5) { }", "switch (refs) { while (flag) { case 3: ; } }",
    "break;", "continue;", "case 1: ;", "return 3;", "int v[refs];", "int v[1 << 28]; v[1] = 2; refs = v[1];", "int v[0]; v[0] = 1;", "int v[3] = { 1, 2, 3 }; refs = v[3];", "int v[3]; refs = v[-1];",
    "typedef int vla[refs]; vla v;", "int n = sizeof(int[refs]);", "struct { int a : 3; } s = { 1 }; s.a++;", "struct { int a, b; } s = { .b = 1 }, t; t = s; refs = t.b;", "union { int a; char c[4]; } u = { 1 }; refs = u.c[0];",
    "float f = 1.5f; refs = f;", "refs = 1.5;", "refs = (int)1e30;", "_Complex int c;", "__int128 w = 1; refs = w << 100;", "_Bool b = 5; b += 2; b--; b <<= 1;", "char c = 200; c >>= 1; refs = c;",
    "__asm__(\"nop\");", "__asm__ volatile goto(\"jmp %l0\" :::: out); out: ;", "__builtin_unreachable();", "__builtin_trap();", "__builtin_popcount(refs);", "__builtin_memcpy(&plain, &array, 4);",
    "__builtin_add_overflow(1, 2, &plain);", "__builtin_constant_p(refs);", "__builtin_choose_expr(1, refs, flag);", "__builtin_types_compatible_p(int, long);", "__builtin_offsetof(struct nothing, x);",
    "_Generic(refs, default: refs);", "__func__;", "int nested(void) { return 1; }", "auto int x = 1;", "__auto_type x = 1; refs = x;", "register int x = 1; refs = x;", "static int x;", "extern int x;", "_Thread_local int x;",
    "int x; refs = x;", "int x = x;", "int *p; *p = 1;", "int *p = 0; *p = 1;", "int *p = (int *)16; *p = 1;", "int *p = &array[1]; p++; *p = 2;", "int **p = &(int *){ &plain };", "(int){ 3 };", "&(int){ 3 };", "array + refs;", "&array[4] - array;",
    "plain++;", "plain = plain + 1;", "array[refs] = 1;", "*(char *)&word = 1;", "*(long *)&plain = 1;", "*(int *)((char *)&plain + 1) = 1;", "*(volatile int *)&refs;", "*&refs = 1;", "(*(&refs)) += 1;", "((char *)&refs)[0] = 1;",
    "atomic_inc(&plain);", "atomic_inc(&refs);", "atomic_inc(0);", "atomic_inc();", "atomic_inc(&word, 1);", "atomic_inc(&array[0]);", "atomic_set(&word, life);", "atomic_inc((atomic_t *)&plain);", "atomic_fetch_add(1.5, &word);", "xchg(&word, 1);",
    "cmpxchg(&plain, 1, 2);", "__atomic_load_n(&plain, refs);", "__atomic_load_n(&plain, 77);", "__atomic_compare_exchange_n(&plain, &array[0], 1, 1, 5, 5);", "__sync_fetch_and_add(&refs, 1);", "__atomic_fetch_add(&life, 1, 5);", "__refproof_access(0, 0, 0);",
    "__refproof_access(\"no\", &plain, 4ul);", "__refproof_access(\"atomic_inc\", &plain, 3ul);", "__refproof_access(\"atomic_inc\", &plain, -1ul);", "__refproof_access(\"atomic_add\", &plain, 4ul, 1, 2, 3);", "__refproof_check(0, 0, 0);", "__refproof_assume(1, 0);",
    "__refproof_bug_on(refs, 0);", "__refproof_any(1, 2);", "__refproof_fresh(0);", "int (*f)(void) = 0; f();", "refproof_actor_get();", "try_get(&word, refs) ? (void)0 : (void)1;", "({ });", "refs = ({ });", "refs = ({ l: 3; });", "refs = flag ? life : life;", "refs ?: flag;",
    "flag ? &plain : array;", "*(flag ? &plain : array) = 1;", "refs = (refs, flag, 3);", "refs = sizeof(refs++);", "!life;", "~life;", "-flag;", "&flag;", "*flag;", "refs.x;", "word = word;", "word.counter = 1;", "atomic_t copy = word;", "atomic_t mine = { 3 }; atomic_inc(&mine); refs = mine.counter;",
    "return; CHECK(\"dead\", 0);", "_Static_assert(1, \"\"); ;", "__label__ x; x: ;", "refs = 'ab';", "refs = L'x';", "refs = U'\\U0001F600';", "\"text\"[0];", "refs = \"text\"[0];", "while (atomic_read(&word)) { if (flag) continue; else break; }", "KNOB(\"k\");", "volatile int v = 1; v++; refs = v;",
)  # fmt: skip
