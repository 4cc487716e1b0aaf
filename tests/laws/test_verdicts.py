"""What the command says of a spec, with every engine: an exhaustive search contradicts no verdict, VACUOUS included.

Seen: a property that a run violates was VACUOUS, since no CPU could finish the actor in which it is checked.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.explicit_search import explore
from verify.check.checked import Bounded, Proved, Refuted, Undecided, Vacuous
from verify.frontend.load import Options, load
from verify.pipeline import Settings, check

ENGINES = ("auto", "ic3", "k-induction", "bmc")
HEAD = "#include <refproof.h>\n#include <linux/atomic.h>\n#include <linux/bug.h>\nunsigned char v, w;\n"


def statement(chance: random.Random, name: str) -> str:
    """Return a statement about the words ``v`` and ``w``, the local ``o``, and small numbers."""
    k, word = chance.randrange(4), chance.choice("vw")
    return chance.choice(
        (
            f"WRITE_ONCE({word}, o + {k});",
            f"if (o < {k + 1}) WRITE_ONCE({word}, o + 1);",
            f"cmpxchg(&{word}, o, (unsigned char)(o * 5 + {k}));",
            f'CHECK("{name}", o != {k});',
            f'CHECK("{name}", o <= {k});',
            f'if (o == {k}) CHECK("{name}", o > {k});',
            f"BUG_ON(o == {k});",
            f"BUG_ON(o >= {k});",
            f"WAIT({word} == {k});",
            f"while (READ_ONCE({word}) <= {k}) ;",
            f"if (o == {k}) return;",
            f"o = READ_ONCE({word});",
        )
    )


def spec(chance: random.Random) -> str:
    """Return a spec of one or two actors, which may end in a BUG_ON, loop for ever, or wait for ever."""
    actors = []
    for actor in "ab"[: chance.randint(1, 2)]:
        body = " ".join(statement(chance, f"{actor}{place}") for place in range(chance.randint(2, 4)))
        actors.append(f"ACTOR({actor}) {{ unsigned char o = READ_ONCE({chance.choice('vw')}); {body} }}\n")
    rest = f'QUIESCENT("rest", v != {chance.randrange(4)});\nALWAYS("low", v < {chance.randint(1, 9)});\n'
    return f"{HEAD}INIT {{ WRITE_ONCE(v, {chance.randrange(2)}); }}\n{''.join(actors)}{rest}"


def contradicted(folder: Path, text: str, cpus: int, engine: str, seconds: float) -> list[str]:
    """Return the verdicts that the search contradicts."""
    (folder / "spec.c").write_text(text)
    truth = explore(load(str(folder / "spec.c"), Options()), cpus, limit=20_000, partial=True)
    settings = Settings(cpus, engine, 6, seconds, Options())
    wrong = []
    for row in check(str(folder / "spec.c"), settings, lambda _progress: None).rows:
        depth = truth.depths.get(row.property.id)
        match row.result:
            case Proved() | Vacuous():
                false = depth is not None
            case Bounded():
                false = depth is not None and depth <= row.result.depth
            case Refuted():
                false = truth.complete and depth is None
            case Undecided():
                false = False
            case _:
                false = True
        if false:
            wrong.append(f"{row.property.id}: {row.result}")
    return wrong


@pytest.mark.parametrize("number", [n if n < 6 else pytest.param(n, marks=pytest.mark.slow) for n in range(90)])
def test_no_verdict_contradicts_the_search(number: int, tmp_path: Path) -> None:
    chance = random.Random(number)
    text, cpus, engine = spec(chance), chance.randint(1, 2), ENGINES[number % len(ENGINES)]
    assert contradicted(tmp_path, text, cpus, engine, 6.0) == [], text


@pytest.mark.parametrize(
    "engine", ["auto", "ic3", *(pytest.param(name, marks=pytest.mark.slow) for name in ("k-induction", "bmc"))]
)
@pytest.mark.parametrize(
    "actors",
    [
        'ACTOR(a) { unsigned char o = READ_ONCE(v); CHECK("c", o != 0); BUG_ON(o == 0); }',
        'ACTOR(a) { unsigned char o = READ_ONCE(v); CHECK("c", o != 0); while (READ_ONCE(w) == 0) ; }',
        'ACTOR(a) { unsigned char o = READ_ONCE(v); CHECK("c", o != 0); WAIT(w == 1); }',
        'ACTOR(a) { WRITE_ONCE(v, 1); WAIT(w == 1); }\nQUIESCENT("c", v == 1);',
    ],
)
def test_who_never_finishes_may_have_violated_a_property_before(actors: str, engine: str, tmp_path: Path) -> None:
    text = f"{HEAD}INIT {{ WRITE_ONCE(v, 0); }}\n{actors}\n"
    assert contradicted(tmp_path, text, 1, engine, 10.0) == []
