"""The lemmas of certificates for people: CPUs are not told apart where a lemma does not, places have names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from verify.check.checked import Proved
from verify.encode.steps import Location, compile_program
from verify.program.program import Program
from verify.report.display import parts, readable
from verify.report.outcome import Outcome
from verify.report.system import signed_names
from verify.report.values import line_of
from verify.term.build import bvnot, conj, disj, substitute, symbol
from verify.term.show import show
from verify.term.term import Op, Term, postorder, symbols

_PC: Final = re.compile(r"cpu(\d+)\.pc\Z")
_CPU: Final = re.compile(r"cpu(\d+)(?=[. ])")
_NOT_AT: Final = re.compile(r"!((?:cpu\d*|one|other)) (at|inside|outside)")
_OUTSIDE: Final = " outside every actor"


@dataclass(frozen=True, slots=True)
class _Reader:
    """What a program's names mean: ``places`` are the names of its locations, by program counter from 1."""

    program: Program
    cpus: int
    places: tuple[str, ...]
    signed: frozenset[str]

    def text(self, term: Term) -> str:
        """Return a term in the notation of C; a CPU's local is as signed as it is in its actor."""
        text = show(term, lambda name: re.sub(r"\A(?:cpu\d*|one|other)\.", "", name) in self.signed)
        return _NOT_AT.sub(r"\1 not \2", text)


def lemma_texts(outcome: Outcome) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Return the lemmas of an outcome's certificates, and (name, meaning) of the names in them that need one.

    They are equal to the certificates' own, which the JSON report has; several CPUs are spoken of at once only where
    the same is said of each.
    """
    terms = _lemmas(outcome)
    if not terms or outcome.cpus is None:
        return outcome.lemmas, ()
    locations = compile_program(outcome.program).locations if any(map(_has_pc, terms)) else ()
    reader = _Reader(outcome.program, outcome.cpus, place_names(locations), signed_names(outcome.program))
    lines = tuple(dict.fromkeys(line for term in terms for line in _lines(reader, term)))
    return lines, tuple(_legend(reader, locations, lines))


def _lemmas(outcome: Outcome) -> tuple[Term, ...]:
    proved = (row.result for row in outcome.rows if isinstance(row.result, Proved))
    return tuple(dict.fromkeys(lemma for p in proved for lemma in p.evidence.certificate.lemmas))


def _has_pc(term: Term) -> bool:
    return any(_PC.match(s.name) for s in symbols((term,)))


def place_names(locations: Sequence[Location]) -> tuple[str, ...]:
    """Return actor:line for each location, with a number behind it where a line has several."""
    names = [f"{at.actor}:{at.span.line}" for at in locations]
    uses = Counter(names)
    return tuple(f"{name}#{i}" if uses[name] > 1 else name for i, name in enumerate(names, start=1))


def _legend(reader: _Reader, locations: Sequence[Location], lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    words = {word for line in lines for word in re.findall(r"[\w.:#]+", line)}
    for name, at in zip(reader.places, locations, strict=True):
        if words & {name, f"{name}:"}:
            yield name, f"in {at.actor}, before {at.operation} at {line_of(at.span)}"
    for actor in reader.program.actors:
        if f"entries.{actor.name}" in words:
            yield f"entries.{actor.name}", f"how often {actor.name} was entered"


def _lines(reader: _Reader, lemma: Term) -> Iterator[str]:
    """Yield one sentence for each conjunct; the conjuncts that say the same of every CPU make one together."""
    conjuncts = tuple(_conjuncts(_with_places(reader, readable(lemma))))
    said: dict[Term, set[tuple[int, ...]]] = {}
    of: list[Term] = []
    for conjunct in conjuncts:
        ways = _ways(conjunct)
        general = min((t for _, t in ways), key=reader.text) if ways else conjunct
        of.append(general)
        said.setdefault(general, set()).update(cpus for cpus, t in ways if t is general)
    for conjunct, general in zip(conjuncts, of, strict=True):
        count = len(next(iter(said[general]), ()))
        every = reader.cpus if count == 1 else reader.cpus * (reader.cpus - 1)
        if count and len(said[general]) == every:
            yield _of_one(reader, general) if count == 1 else _of_two(reader, general)
        else:
            yield reader.text(conjunct)


def _conjuncts(term: Term) -> Iterator[Term]:
    for part in parts(term, Op.AND):
        if part.op is Op.NOT and part.args[0].op is Op.OR:
            yield from (bvnot(p) for p in parts(part.args[0], Op.OR))
        else:
            yield part


def _with_places(reader: _Reader, term: Term) -> Term:
    """Replace comparisons of a program counter with a constant by words."""
    words: dict[Term, Term] = {}
    for node in postorder((term,)):
        if node.op is Op.EQ and node.args[0].op is Op.SYMBOL and node.args[1].op is Op.CONST:
            found, value = _PC.match(node.args[0].name), node.args[1].number
            if found is not None and value <= len(reader.places):
                where = f" at {reader.places[value - 1]}" if value else _OUTSIDE
                words[node] = symbol(f"cpu{found[1]}{where}", 1)
    return substitute(term, words)


def _ways(term: Term) -> list[tuple[tuple[int, ...], Term]]:
    """Return (CPUs, the term with general names for them) for a term about one or two CPUs, else nothing."""
    cpus = sorted({int(m[1]) for s in symbols((term,)) if (m := _CPU.match(s.name))})
    if len(cpus) == 1:
        return [((cpus[0],), _renamed(term, {cpus[0]: "cpu"}))]
    if len(cpus) == 2:
        return [((a, b), _in_order(_renamed(term, {a: "one", b: "other"}))) for a, b in (cpus, cpus[::-1])]
    return []


def _in_order(term: Term) -> Term:
    """Return an equal term in which ``a && b`` and ``b && a`` are the same."""
    if term.op is Op.NOT and term.width == 1:
        return bvnot(_in_order(term.args[0]))
    if term.op in {Op.AND, Op.OR} and term.width == 1:
        ordered = sorted((_in_order(part) for part in parts(term, term.op)), key=show)
        return conj(ordered) if term.op is Op.AND else disj(ordered)
    return term


def _renamed(term: Term, names: Mapping[int, str]) -> Term:
    new = {s: _CPU.sub(lambda m: names[int(m[1])], s.name, count=1) for s in symbols((term,)) if _CPU.match(s.name)}
    return substitute(term, {s: symbol(name, s.width) for s, name in new.items()})


def _of_one(reader: _Reader, term: Term) -> str:
    either = tuple(parts(term, Op.OR))
    for part in either:
        if part.op is Op.NOT and part.args[0].op is Op.SYMBOL and part.args[0].name.startswith("cpu at "):
            rest = disj(p for p in either if p is not part)
            where = part.args[0].name.removeprefix("cpu ")
            return f"no CPU is {where}" if len(either) == 1 else f"a CPU {where}: {_own(reader, rest)}"
    return f"each CPU: {_own(reader, term)}"


def _own(reader: _Reader, term: Term) -> str:
    """Return a term about one CPU; its locals need no prefix where nothing shared has their name."""
    shared = {*(c.name for c in reader.program.cells), *(g.name for g in reader.program.ghosts)}
    own = {s: s.name.removeprefix("cpu.") for s in symbols((term,)) if s.name.startswith("cpu.")}
    return reader.text(substitute(term, {s: symbol(n, s.width) for s, n in own.items() if n not in shared}))


def _of_two(reader: _Reader, term: Term) -> str:
    both = tuple(parts(term.args[0], Op.AND)) if term.op is Op.NOT else ()
    names = sorted(p.name for p in both if p.op is Op.SYMBOL)
    if len(both) == len(names) == 2 and names[0].startswith("one at ") and names[1].startswith("other at "):
        first, second = names[0].removeprefix("one "), names[1].removeprefix("other ")
        return f"never two CPUs {first}" if first == second else f"never one CPU {first} and another {second}"
    return f"each two CPUs: {reader.text(term)}"
