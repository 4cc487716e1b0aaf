"""The text report, word for word on a hand-built outcome, and on awkward input."""

from __future__ import annotations

import io
import subprocess
from dataclasses import replace

import pytest
from rich.console import Console

from tests.outcomes import WORD, actor, every_verdict, founding_replay, outcome, program, prop, refuted, row, spec
from verify.check.checked import Refuted, Replay, Undecided
from verify.frontend.load import Options, load
from verify.program.program import Cell, Kind, PropertyKind
from verify.program.run import Accessed, CheckRan, Finished, GhostChanged, Machine, StepRun
from verify.report.command import reproduce_text
from verify.report.moment import violation_moment
from verify.report.outcome import Row
from verify.report.progress import Progress, status_line
from verify.report.text import plain_report, report
from verify.report.values import printable, printable_lines, typed, word
from verify.report.wrap import fold
from verify.verdict.answer import Gap

FOUNDING = """\
specs/page_ref/zero_unlocked.c: 2 CPUs, -D NR_MAX=1024, --kernel DIR

files read
  spec         specs/page_ref/zero_unlocked.c  sha256 aaaaaaaaaaaa
  real kernel  linux/page_ref.h                sha256 bbbbbbbbbbbb
  stand-in     linux/atomic.h                  sha256 cccccccccccc
  spec         specs/page_ref/lifecycle.h      sha256 dddddddddddd

property                 verdict
no-reference-while-free  REFUTED  as expected

assumptions
  CPUS    exactly 2
  ANY     nr in 1 ... 1024  specs/page_ref/lifecycle.h:27:3
  ASSUME  refs <= REFS_MAX - nr  specs/page_ref/lifecycle.h:28:3

memory model
  - about the values of this word, not about the order of accesses to the
    object it protects

reach: not shown (depth 20): put finishes

CPUs that can be stuck
  - CPU inside put waits for ever at linux/page_ref.h:40

in every state (lemmas of the certificates)
  - refs == 0 || allocated

REFUTED: no-reference-while-free
  after INIT: page._refcount.counter = 0x00000001, allocated = true, refs = 1,
  delta = -5, life = #3

  step CPU 0                               CPU 1
     1 enters put
       refs: 1 -> 0
       linux/page_ref.h:88
        return dropped_the_last_one_of(
         &page->_refcount);
        atomic_dec_and_test:
         0x00000001 -> 0x00000000
       allocated: true -> false
     2                                     enters lookup
                                           nr = 5
                                           linux/page_ref.h:103
                                            old = add(n, &page->count);
                                            atomic_add_return:
                                             0x00000000 -> 0x00000005
                                           VIOLATED no-reference-while-free
                                           refs: 0 -> 5
                                           leaves lookup

  VIOLATED no-reference-while-free in step 2, by CPU 1
    check    allocated
    fails at specs/page_ref/lifecycle.h:31:3
             CHECK("no-reference-while-free", allocated);
    values at the check
      page._refcount.counter = 0x00000005, allocated = false, refs = 0,
      delta = -5, life = #3
    CPU 0 inside put, before WAIT at linux/page_ref.h:40; CPU 1 inside lookup

  the same run also violates freed-once

reproduce with
  refproof check specs/page_ref/zero_unlocked.c --cpus 2 -D NR_MAX=1024 \\
      --kernel DIR

traces replayed without a solver
1 property, all as expected
"""


def test_the_founding_case_word_for_word():
    assert plain_report(outcome(refuted()), brief=False) == FOUNDING


def test_plain_text_is_narrow_ascii_without_trailing_blanks_and_always_the_same(monkeypatch):
    text = plain_report(every_verdict(), brief=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert plain_report(every_verdict(), brief=False) == text
    assert text.isascii()
    assert all(len(line) < 80 and line == line.rstrip() for line in text.splitlines())


@pytest.mark.parametrize("count", [1, 2, 3, 4, 9, 64])
def test_any_number_of_cpus_fits(count):
    replay = founding_replay()
    steps = tuple(replace(replay.steps[0], cpu=cpu) for cpu in range(count)) + replay.steps[1:]
    wide = replace(replay, steps=steps, machines=(), start=replace(replay.start, cpus=(None,) * max(2, count)))
    text = plain_report(outcome(row(Refuted("no-reference-while-free", wide), "REFUTED")), brief=False)
    assert all(len(line) < 80 for line in text.splitlines())
    assert text.count("atomic_dec_and_test") == count
    assert all(f"CPU {cpu}" in text for cpu in range(count))


def test_sixty_four_bit_words_fit_side_by_side_and_keep_every_digit():
    replay = founding_replay()
    made = outcome(refuted(), program=program(cells=(Cell(WORD, 64, Kind.SIGNED),)))
    text = plain_report(made, brief=False)
    assert "0x0000000000000001 ->" in text
    assert all(len(line) < 80 for line in text.splitlines())
    assert replay.start.cells == (1,)


def test_one_run_of_several_properties_is_shown_once():
    text = plain_report(every_verdict(), brief=False)
    assert text.count("REFUTED: no-reference-while-free, freed-once") == 1
    assert text.count("atomic_add_return") == 1
    assert "VIOLATED freed-once after step 2" in text
    assert "VACUOUS: no-leak" in text
    assert "VACUOUS no-leak: a CPU can be stuck inside put" in text


def test_brief_says_that_more_can_be_shown_only_where_it_can():
    """Seen: it was said where everything is PROVED."""
    hint = "shows what kept a property from a proof"
    gap = Gap((), None, (), "put: enters", spec(31), (), 1)
    for found, said in ((None, False), (gap, True)):
        made = outcome(row(Undecided("freed-once", "no inductive proof found", None, found)))
        assert (hint in plain_report(made, brief=True)) == said
    assert hint not in plain_report(outcome(refuted()), brief=True)


def test_brief_keeps_verdicts_and_assumptions_only():
    text = plain_report(every_verdict(), brief=True)
    for gone in ("atomic_add_return", "lemmas of", "files read"):
        assert gone not in text
    for kept in ("no-reference-while-free", "ASSUME", "reach: not shown (depth 20)", "5 not as expected"):
        assert kept in text


def test_only_what_was_not_reached_is_listed():
    text = plain_report(outcome(refuted()), brief=True)
    assert "lookup finishes" not in text


def test_no_property_is_said_loudly():
    assert "no property was decided" in plain_report(outcome(), brief=False)


def test_a_violated_state_property_has_no_cpu():
    replay = replace(founding_replay(), steps=(), machines=())
    made = row(Refuted("no-leak", replay), "REFUTED", kind=PropertyKind.QUIESCENT, text="refs > 0")
    text = plain_report(outcome(made), brief=False)
    assert "VIOLATED no-leak after INIT, with no CPU inside an actor" in text
    assert "step CPU" not in text


def test_moment_is_before_what_follows_the_failing_check():
    moment = violation_moment(program(), founding_replay(), prop("no-reference-while-free"))
    assert (moment.step, moment.cpu, moment.cells, moment.ghosts) == (2, 1, (5,), (0, 0, 0xFFFB, 3))
    assert moment.span == spec(31)


def test_moment_skips_a_check_of_the_same_property_that_held():
    replay = founding_replay()
    put, lookup = replay.steps
    held = CheckRan("no-reference-while-free", holds=True, span=spec(30))
    earlier = replace(replay, steps=(replace(put, events=(held, *put.events)), lookup))
    moment = violation_moment(program(), earlier, prop("no-reference-while-free"))
    assert (moment.step, moment.span) == (2, spec(31))


STATES = """#include <refproof.h>
#include <linux/atomic.h>
atomic_t word; GHOST int n;
INIT { }
ACTOR(up) { n += 1; atomic_inc(&word); n -= 1; n += 2; }
ALWAYS("low", n < 3);
QUIESCENT("even", n != 2);
"""


def test_a_violated_state_is_marked_at_the_first_step_after_which_it_is(tmp_path):
    (tmp_path / "spec.c").write_text(STATES)
    made = load(str(tmp_path / "spec.c"), Options())
    up = tuple(StepRun(1, "up", entered=True, events=(GhostChanged("n", n, n + 2, spec(1)),)) for n in (0, 2, 4))
    machines = tuple(Machine((i,), (2 * i,), (None, None), (0,)) for i in range(4))
    replay = Replay(founding_replay().trace, machines[0], up, machines[1:], ("even", "low"))
    low = next(p for p in made.properties if p.id == "low")
    text = plain_report(outcome(Row(low, Refuted("low", replay), "REFUTED"), program=made), brief=False)
    steps = text.split("REFUTED: low\n")[1].split("  VIOLATED low after step 2\n")[0].splitlines()
    assert [line.strip() for line in steps if "VIOLATED" in line] == [
        "VIOLATED after this step: even", "VIOLATED after this step: low",
    ]  # fmt: skip
    assert (
        steps.index("     2 enters up")
        < steps.index("       VIOLATED after this step: low")
        < steps.index("     3 enters up")
    )
    assert "  VIOLATED low after step 2\n" in text
    assert "values after step 2\n      word = 0x00000002, n = 4\n" in text
    assert violation_moment(made, replay, low).ghosts == (4,)


def test_c_lines_and_paths_are_wrapped_and_never_cut():
    text = plain_report(outcome(refuted()), brief=False)
    assert "..." not in text.split("REFUTED: no-reference")[1]
    joined = "".join(text.split())
    assert "returndropped_the_last_one_of(&page->_refcount);" in joined
    assert fold(" a/bb/ccc.h:12", 8) == [" a/bb/", "  ccc.h:", "  12"]
    assert fold(" f(a, b);", 6) == [" f(a,", "  b);"]


def test_a_bug_a_load_and_two_words():
    events = (
        Accessed(WORD, "atomic_read", 0x80000000, None, spec(60)),
        GhostChanged("refs", 1, 1, spec(61)),
        CheckRan("bug", holds=False, span=spec(62)),
        Finished(bug=True, span=spec(62)),
    )
    replay = founding_replay()
    start = replace(replay.start, cells=(0x80000000, 7))
    buggy = Replay(replay.trace, start, (StepRun(1, "put", entered=False, events=events),), (), ())
    cells = (Cell(WORD, 32, Kind.SIGNED), Cell("page.flags", 12, Kind.UNSIGNED))
    made = outcome(row(Refuted("bug", buggy), kind=PropertyKind.BUG), program=program(cells=cells))
    text = plain_report(made, brief=False)
    assert "0x80000000 (no store)" in text
    assert "page.flags = 0x007" in text
    assert "goes on in put" in text
    assert "refs: 1 -> 1" not in text
    assert "stopped by BUG in put" in text
    assert "reached at specs/page_ref/lifecycle.h:62:3" in text
    assert "CPU 0 outside; CPU 1 stopped by this BUG in put" in text
    assert "inside put" not in text.split("VIOLATED bug in step 1")[1]


def test_hostile_text_cannot_drive_a_terminal_or_markup():
    evil = "a\x1b[31m[red]\r\n\u202eb\udc80.c"
    made = outcome(refuted(), program=program(name=evil, actors=(actor("lookup"), actor("put"))))
    made = replace(made, stuck=(evil,), lemmas=(evil,), memory_model=(evil,))
    made = replace(made, rows=(replace(made.rows[0], property=prop(evil, text=evil)),))
    steps = tuple(replace(s, events=tuple(e for e in s.events if not hasattr(e, "target"))) for s in
                  founding_replay().steps)  # fmt: skip
    made = replace(made, rows=(replace(made.rows[0], result=Refuted(evil, replace(founding_replay(), steps=steps))),))
    text = plain_report(made, brief=False)
    assert "\x1b" not in text
    assert "\r" not in text
    assert "\u202e" not in text
    assert "[red]" in text
    text.encode("utf-8")


def test_a_long_command_is_broken_where_a_shell_can_join_it():
    made = outcome(
        refuted(),
        program=program(options=("-D A=1", "-D " + "B" * 60 + "=2 3", "-U C", "--kernel DIR", "CONFIG_DEBUG_VM=y")),
    )
    lines = plain_report(made, brief=False).split("reproduce with\n")[1].splitlines()
    assert lines[0].endswith(" \\")
    command = " ".join(line.strip().removesuffix("\\").strip() for line in lines[: lines.index("")])
    assert command == (
        f"refproof check specs/page_ref/zero_unlocked.c --cpus 2 -D A=1 -D '{'B' * 60}=2 3' -U C --kernel DIR"
    )


def test_any_name_in_the_command_is_one_word_of_a_shell():
    name = "it's\x1b a\n\u202eb\udc80.c"
    text = reproduce_text(outcome(program=program(name=name, options=("-I my dir",))), ("--depth 3",))
    assert all(line.isprintable() for line in text.splitlines())
    script = f"refproof() {{ printf '%s\\0' \"$@\"; }}; {text}"
    said = subprocess.run(["bash", "-c", script], capture_output=True, check=True, timeout=10).stdout
    assert said.split(b"\0")[:-1] == [
        b"check", name.encode(errors="surrogateescape"), b"--cpus", b"2", b"--depth", b"3", b"-I", b"my dir",
    ]  # fmt: skip


def test_a_terminal_gets_colours_and_the_same_words():
    buffer = io.StringIO()
    console = Console(file=buffer, width=79, force_terminal=True, color_system="standard", highlight=False, _environ={})
    console.print(*report(outcome(refuted()), brief=False, width=79), sep="\n")
    assert "\x1b[" in buffer.getvalue()
    assert "no-reference-while-free" in buffer.getvalue()


def test_values():
    assert word(0x80000000, 32) == "0x80000000"
    assert word(5, 64) == "0x0000000000000005"
    assert word(5, 13) == "0x0005"
    assert typed(0xFFFFFFFF, 32, Kind.SIGNED) == "-1"
    assert typed(0x7FFFFFFF, 32, Kind.SIGNED) == "2147483647"
    assert typed(0xFFFFFFFF, 32, Kind.UNSIGNED) == "4294967295"
    assert typed(0, 1, Kind.BOOL) == "false"
    assert typed(3, 16, Kind.TOKEN) == "#3"
    assert printable("a\x1b\n") == "a\\x1b\\n"
    assert printable_lines("a\tb\n\x1b") == "a\tb\n\\x1b"


def test_status_line():
    line = status_line("a.c", Progress("bmc", 7, 12, 3, 9), seconds=1.25)
    assert line == "a.c: 3/9 decided, bmc, depth 7, 12 lemmas, 1.2 s"
    assert status_line("a.c", Progress("auto", None, None, 0, 9), seconds=0) == "a.c: 0/9 decided, auto, 0.0 s"
