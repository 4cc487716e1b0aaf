"""Random C functions over every integer type, defined for all inputs under -fwrapv except for shift amounts."""

# ruff: noqa: E501, ISC004 - C text reads best on one line

from __future__ import annotations

import random
from dataclasses import dataclass, field

TYPES = (
    "_Bool",
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned int",
    "long",
    "unsigned long",
    "long long",
    "unsigned long long",
)
PARAMETERS = 5
_LITERALS = (
    "0", "1", "2", "3", "7", "127", "128", "255", "256", "32767", "32768", "65535", "65536", "2147483647",
    "2147483648", "4294967295u", "0x80000000", "1u", "9223372036854775807ll", "0x8000000000000000ull", "'a'", "5ul",
)  # fmt: skip
_BINARY = ("+", "-", "*", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||")
_COMPOUND = ("+=", "-=", "*=", "&=", "|=", "^=")


@dataclass
class Writer:
    """Writes one function. ``names`` are the variables in scope; ``fresh`` numbers what is declared."""

    rng: random.Random
    names: list[str] = field(default_factory=list)
    fresh: int = 0
    loops: int = 0
    calls: int = 0

    def name(self, prefix: str) -> str:
        self.fresh += 1
        return f"{prefix}{self.fresh}"

    def type(self) -> str:
        return self.rng.choice(TYPES)

    def expression(self, depth: int) -> str:
        r = self.rng
        if depth == 0 or r.random() < 0.1:
            return r.choice(self.names) if r.random() < 0.7 else r.choice(_LITERALS)
        sub = lambda: self.expression(depth - 1)  # noqa: E731
        forms = (
            lambda: f"({sub()} {r.choice(_BINARY)} {sub()})",
            lambda: f"({sub()} {r.choice(_BINARY)} {sub()})",
            lambda: f"({r.choice('-~!+')}{sub()})",
            lambda: f"(({self.type()}){sub()})",
            lambda: f"({sub()} ? {sub()} : {sub()})",
            lambda: f"({sub()} ?: {sub()})",
            lambda: f"({sub()} {r.choice(('<<', '>>'))} {r.randrange(31)})",
            lambda: f"({sub()} {r.choice(('<<', '>>'))} ({sub()} & 31))",
            lambda: f"({sub()} {r.choice('/%')} {r.choice((2, 3, 7, 100, '3u', '-5', '9ll'))})",
            lambda: f"((int)sizeof({sub()}) + {sub()})",
            lambda: f"__builtin_expect({sub()}, 1)",
            self.effect,
        )
        return r.choice(forms)()

    def effect(self) -> str:
        """Return an expression with side effects, which nothing beside it may observe out of order."""
        r = self.rng
        v, w = r.choice(self.names), self.name("t")
        return r.choice(
            (
                f"({{ {self.type()} {w} = {v}; {w}++; {w}; }})",
                f"({{ {self.type()} {w} = {v}; {w}-- + 1; }})",
                f"({{ {self.type()} {w} = {v}; {w} += {r.choice(_LITERALS)}; }})",
                f"helper{r.randrange(3)}({v}, {r.choice(_LITERALS)})",
                f"(({v}) && helper0({v}, 2))",
                f"(({v}) ? helper1({v}, 3) : helper2(1, {v}))",
            )
        )

    def sequenced(self, v: str) -> tuple[str, ...]:
        """Return statements whose side effects on a live variable C orders."""
        r = self.rng
        n, small, other = r.choice(_LITERALS), r.randrange(8), r.choice(self.names)
        return (
            f"{v} = ({{ {v} += {n}; {v}; }});",
            f"{v} = {v} && ({{ {v} -= {n}; {v}; }});",
            f"{v} = {v} || ({{ {v} ^= {n}; {v}; }});",
            f"{v} = {v} > {small} ? ({{ {v}++; {v}; }}) : ({{ {v} = ~{v}; {v} + {other}; }});",
            f"{v} = (({{ {v} ^= {small}; }}), {v} + 1);",
            f"{v} = ({{ int old = {v}--; old; }}) ?: {n};",
            f"{{ {self.type()} kept = {v}; {other} = ({{ {v} += 9; {v}; }}); {v} ^= kept; }}",
            f"{v} += (_Bool){other} + (unsigned char){n};",
            f"{v} -= {other} < ({self.type()}){v} ? ({self.type()}){n} : ({self.type()}){other};",
            f"do {{ if ({v} & {small + 1}) break; {v}++; }} while (0);",
            f"switch ({v} & 7) {{ case 1: {v}++; case 3: {v} ^= {small}; break; case 0: --{v}; }}",
        )

    def statement(self, depth: int) -> str:
        r = self.rng
        v = r.choice(self.names)
        e = lambda: self.expression(2)  # noqa: E731
        if depth == 0:
            simple = (
                f"{v} = {e()};",
                f"{v} {r.choice(_COMPOUND)} {e()};",
                f"{v} {r.choice(('<<=', '>>='))} {r.randrange(8)};",
                f"{v} {r.choice(('/=', '%='))} 3;",
                f"{v}{r.choice(('++', '--'))};",
                f"{r.choice(('++', '--'))}{v};",
                f"{v} = ({r.choice(self.names)}++, {e()});",
                f"if ({e()}) {v}++; else {v}--;",
                f"{{ __typeof__({v}) *pointer = &{v}; *pointer += 3; }}",
                f"{{ union {{ unsigned int whole; unsigned short half[2]; }} u = {{ 0 }}; u.whole = {v};"
                f" u.half[1] ^= 9; {v} = u.whole; }}",
            )
            return r.choice((*simple, *self.sequenced(v)))
        body = lambda: self.block(depth - 1)  # noqa: E731
        counter, label = self.name("i"), self.name("label")
        kind = r.randrange(9)
        if kind == 0:
            return f"if ({e()}) {body()} else {body()}"
        if kind == 1:
            return f"for (int {counter} = 0; {counter} < 3; {counter}++) {{ if ({e()}) continue; {body()} if ({e()}) break; }}"
        if kind == 2:
            return f"{{ int {counter} = 2; while ({counter}-- > 0) {body()} }}"
        if kind == 3:
            return f"{{ int {counter} = 0; do {{ {body()} }} while (++{counter} < 2 && {e()}); }}"
        if kind == 4:
            cases = f"case 0: {body()} case 1: case 2: {body()} break; default: {body()}"
            return f"switch (({e()}) & 3) {{ {cases} }}"
        if kind == 5:
            return f"if ({e()}) goto {label}; {body()} {label}: {v}++;"
        if kind == 6:
            inner = self.name("j")
            loops = f"for (int {inner} = 0; {inner} < 3; {inner}++) {{ if ({e()}) continue; if ({e()}) goto {label}; {body()} if ({e()}) break; }}"
            return f"for (int {counter} = 0; {counter} < 2; {counter}++) {{ {loops} {v}++; }} {label}: ;"
        if kind == 7:
            return f"switch ({e()}) {{ case 0: {body()} case 2: case 255: {{ {body()} break; }} case 1: {body()} }}"
        return f"{{ int {counter} = 0; {label}: {body()} for (; {counter}++ < 2;) goto {label}; }}"

    def block(self, depth: int) -> str:
        return "{ " + " ".join(self.statement(max(depth, 0)) for _ in range(self.rng.randrange(1, 3))) + " }"

    def function(self, name: str, types: list[str]) -> str:
        self.names = [f"p{n}" for n in range(len(types))]
        lines = []
        for _ in range(3):
            v = self.name("v")
            lines.append(f"{self.type()} {v} = {self.expression(2)};")
            self.names.append(v)
        lines += [self.statement(self.rng.randrange(3)) for _ in range(4)]
        parameters = ", ".join(f"{t} p{n}" for n, t in enumerate(types))
        result = " ^ ".join(f"(long long){n}" for n in self.names)
        body = "\n\t".join([*lines, f"if ({self.expression(2)}) return {self.expression(3)};", f"return {result};"])
        return f"long long {name}({parameters})\n{{\n\t{body}\n}}\n"


HELPERS = """
static long helper0(int a, unsigned b) { if (a > 3) return a - b; a += b; return a; }
static inline short helper1(long a, int b) { return (a << 1) ^ b; }
static unsigned char helper2(unsigned char a, long long b) { while (a > 250) { a++; b--; } return b > 0 ? a : b; }
"""


def functions(seed: int, count: int) -> tuple[str, list[list[str]]]:
    """Return the text of ``count`` functions f0, f1, … and the types of their parameters."""
    rng = random.Random(seed)
    texts, signatures = [], []
    for n in range(count):
        types = [rng.choice(TYPES) for _ in range(PARAMETERS)]
        signatures.append(types)
        texts.append(Writer(rng).function(f"f{n}", types))
    return HELPERS + "\n".join(texts), signatures
