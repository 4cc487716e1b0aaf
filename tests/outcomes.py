"""Outcomes built by hand: the founding case of the page refcount, and one row of every verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from verify.check.checked import (
    Bounded,
    Checked,
    Discharged,
    Proved,
    Reach,
    Refuted,
    Rejected,
    Replay,
    Undecided,
    Vacuous,
)
from verify.program.program import (
    Actor,
    AtomicBegin,
    Cell,
    Ghost,
    HeaderOrigin,
    Kind,
    Local,
    Program,
    Property,
    PropertyKind,
    Routine,
    SourceFile,
    Stop,
)
from verify.program.run import Accessed, CheckRan, Drew, Finished, GhostChanged, Inside, Machine, StepRun
from verify.report.outcome import Assumption, Outcome, Row
from verify.term.source import Span
from verify.verdict.answer import Certificate, Trace

SPEC = "specs/page_ref/zero_unlocked.c"
LIFECYCLE = "specs/page_ref/lifecycle.h"
HEADER = "linux/page_ref.h"
WORD = "page._refcount.counter"
DEC_LINE = "\treturn  dropped_the_last_one_of(&page->_refcount);"
ADD_LINE = "\told = add(n, &page->count);"
CHECK_LINE = '\t\tCHECK("no-reference-while-free", allocated);'


def lines(text: Mapping[int, str]) -> str:
    """Return a file whose line ends are of all kinds, with the given lines, counted from 1."""
    return "".join(text.get(n, "") + ("\r\n", "\n", "\r")[n % 3] for n in range(1, max(text) + 1))


def spec(line: int) -> Span:
    return Span(LIFECYCLE, line, 3)


def header(line: int) -> Span:
    return Span(HEADER, line, 9)


def prop(name: str, kind: PropertyKind = PropertyKind.CHECK, text: str = "allocated", line: int = 31) -> Property:
    return Property(name, kind, text, spec(line), None)


def actor(name: str, *locals_: Local) -> Actor:
    nodes = (AtomicBegin("WAIT", header(40), 1), Stop(bug=False, span=spec(50)))
    return Actor(name, Routine(nodes, locals_), None, None, spec(20))


def program(**changes: object) -> Program:
    made = Program(
        name=SPEC,
        cells=(Cell(WORD, 32, Kind.SIGNED),),
        ghosts=(
            Ghost("allocated", 1, Kind.BOOL, 1, spec(3)),
            Ghost("refs", 32, Kind.UNSIGNED, 1, spec(4)),
            Ghost("delta", 16, Kind.SIGNED, 0, spec(5)),
            Ghost("life", 16, Kind.TOKEN, 0, spec(6)),
        ),
        init=Routine((Stop(bug=False, span=spec(9)),), ()),
        actors=(actor("lookup", Local("lookup.nr", 32, Kind.SIGNED, "nr")), actor("put")),
        properties=(),
        lemmas=(),
        expectations=(),
        cpus_max=4096,
        written=(WORD,),
        sources=(
            SourceFile(SPEC, HeaderOrigin.SPEC, "a" * 64),
            SourceFile(HEADER, HeaderOrigin.KERNEL, "b" * 64, lines({88: DEC_LINE, 103: ADD_LINE})),
            SourceFile("linux/atomic.h", HeaderOrigin.STAND_IN, "c" * 64),
            SourceFile(LIFECYCLE, HeaderOrigin.SPEC, "d" * 64, lines({31: CHECK_LINE})),
        ),
        options=("-D NR_MAX=1024", "--kernel DIR"),
    )
    return replace(made, **changes)


def machine(word: int, ghosts: tuple[int, ...], *cpus: Inside | None) -> Machine:
    return Machine((word,), ghosts, cpus or (None, None), (0, 0))


def founding_replay() -> Replay:
    """CPU 0 puts the last reference, CPU 1 takes a reference on the free page: its count is 0 without the bit."""
    put = StepRun(
        0,
        "put",
        entered=True,
        events=(
            GhostChanged("refs", 1, 0, spec(41)),
            Accessed(WORD, "atomic_dec_and_test", 1, 0, header(88)),
            CheckRan("no-free-while-referenced", holds=True, span=spec(44)),
            GhostChanged("allocated", 1, 0, spec(45)),
        ),
    )
    lookup = StepRun(
        1,
        "lookup",
        entered=True,
        events=(
            Drew("lookup.nr", 5, spec(27)),
            Accessed(WORD, "atomic_add_return", 0, 5, header(103)),
            CheckRan("no-reference-while-free", holds=False, span=spec(31)),
            GhostChanged("refs", 0, 5, spec(32)),
            Finished(bug=False, span=spec(33)),
        ),
    )
    inside_put = Inside(1, 0, ())
    return Replay(
        trace=Trace("no-reference-while-free", (), (), (), at_state=False),
        start=machine(1, (1, 1, 0xFFFB, 3)),
        steps=(put, lookup),
        machines=(machine(0, (0, 0, 0xFFFB, 3), inside_put, None),),
        also=("freed-once", "no-reference-while-free"),
    )


def discharged(property_id: str) -> Discharged:
    return Discharged(Certificate(property_id, 2, ()), 14, (("z3", "4.15.4"), ("bitwuzla", "0.9.1")))


def row(result: Checked | Rejected, expected: str = "PROVED(2 cpus)", **changes: object) -> Row:
    return Row(replace(prop(result.property), **changes), result, expected)


def outcome(*rows: Row, **changes: object) -> Outcome:
    made = Outcome(
        program=program(),
        cpus=2,
        rows=rows,
        reach=(Reach("lookup finishes", reached=True, depth=1), Reach("put finishes", reached=None, depth=20)),
        stuck=("CPU inside put waits for ever at linux/page_ref.h:40",),
        assumptions=(
            Assumption("CPUS", "exactly 2", None),
            Assumption("ANY", "nr in 1 ... 1024", spec(27)),
            Assumption("ASSUME", "refs <= REFS_MAX - nr", spec(28)),
        ),
        memory_model=("about the values of this word, not about the order of accesses to the object it protects",),
        lemmas=("refs == 0 || allocated",),
        versions=(("refproof", "0.1.0"), ("z3", "4.15.4")),
    )
    return replace(made, **changes)


def refuted(expected: str = "REFUTED") -> Row:
    return row(Refuted("no-reference-while-free", founding_replay()), expected)


def every_verdict() -> Outcome:
    replay = founding_replay()
    freed = replace(replay, trace=replace(replay.trace, property="freed-once"))
    other = replace(replay, steps=replay.steps[:1], also=())
    return outcome(
        refuted(),
        row(Refuted("freed-once", freed), "REFUTED"),
        row(Proved("locked-bit-stays", 2, discharged("locked-bit-stays"))),
        row(Proved("any-number", None, discharged("any-number")), "PROVED"),
        row(Bounded("ledger-fits", 20)),
        row(Undecided("freeze-owns-all", "time limit of 60 s", 7)),
        row(Undecided("no-bug", "abstraction too coarse", None)),
        row(Vacuous("never-reached", "the check can never be reached", discharged("never-reached")), "VACUOUS"),
        row(Vacuous("no-leak", "a CPU can be stuck inside put", other), kind=PropertyKind.QUIESCENT),
        row(Rejected("disagree", "bmc refutes what k-induction proves")),
    )
