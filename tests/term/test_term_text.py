"""The canonical text of a term gives that term back, and no other text is accepted for it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.laws.random_terms import terms, widths
from verify.term.build import bvadd, bvmul, const, eq, rebuilt, symbol
from verify.term.term import Op, Term, intern, symbols
from verify.term.text import TextError, from_text, to_text

LAW = settings(deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
X, B = symbol("x", 8), symbol("b", 1)
WIDTHS = {"x": 8, "b": 1, "y z": 3}


@LAW
@given(data=st.data())
def test_the_text_of_a_term_gives_it_back(data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(widths)))
    text = to_text(term)
    assert "\n" not in text
    assert from_text(text, {s.name: s.width for s in symbols((term,))}) is term


@LAW
@given(data=st.data())
def test_a_text_with_one_character_changed_is_refused_or_means_what_it_says(data: st.DataObject) -> None:
    term = data.draw(terms(data.draw(st.sampled_from((1, 8)))))
    text = to_text(term)
    place = data.draw(st.integers(0, len(text) - 1))
    changed = text[:place] + data.draw(st.sampled_from("()| #bx01=a")) + text[place + 1 :]
    try:
        found = from_text(changed, {s.name: s.width for s in symbols((term,))})
    except TextError:
        return
    assert to_text(found) == changed
    assert (found is term) == (changed == text)


def test_shared_parts_of_a_long_term_are_named() -> None:
    term: Term = X
    for _ in range(40):
        term = bvmul(bvadd(term, const(1, 8)), term)
    text = to_text(term)
    assert len(text) < 5000
    assert from_text(text, WIDTHS) is term


@pytest.mark.parametrize(
    ("term", "text"),
    [
        (eq(X, const(255, 8)), "(= |x| #xff)"),
        (intern(Op.ADD, 1, (B, B)), "(= (bvadd (ite |b| #b1 #b0) (ite |b| #b1 #b0)) #b1)"),
        (intern(Op.AND, 1, (B, intern(Op.NOT, 1, (B,)))), "(and |b| (not |b|))"),
        (symbol("y z", 3), "|y z|"),
    ],
)
def test_texts(term: Term, text: str) -> None:
    assert to_text(term) == text
    assert from_text(text, WIDTHS) is term


@pytest.mark.parametrize(
    "text",
    [
        "",
        " |x|",
        "|x| |x|",
        "(|x|)",
        "()",
        "(",
        ")",
        "|nothing|",
        "(bvadd |x| |b|)",
        "(bvadd |x|)",
        "(bvadd |x| |x| |x|)",
        "(= |x| #XFF)",
        "(= |x| #b11111111)",
        "(= |b| #b1)",
        "(ite |b| #b0 #b1)",
        "#b1",
        "((_ extract 8 0) |x|)",
        "((_ extract 0 3) |x|)",
        "((_ zero_extend 99999999) |x|)",
        "((_ rotate_left 1) |x|)",
        "(let ((?1 |x|)) ?1)",
        "(let ((?1 (bvadd |x| |x|))) (bvmul ?1 ?1))",
        "?1",
        "(bvcomp |x| |x|)",
        "(let |x|)",
        "(_ extract 1 0)",
        "(" * 100_000,
        "(not " * 10_000 + "|b|" + ")" * 10_000,
        "|x|" * 100_000,
    ],
)
def test_what_is_not_canonical_is_refused(text: str) -> None:
    if text.startswith("(not (not"):
        assert from_text(text, WIDTHS).width == 1
        return
    with pytest.raises(TextError):
        from_text(text, WIDTHS)


def test_a_name_that_cannot_be_quoted_is_refused() -> None:
    with pytest.raises(ValueError, match="quote"):
        to_text(symbol("a|b", 8))


def test_an_extension_by_nothing_is_refused() -> None:
    """Seen: rules take it for wider, so that a forged lemma was true where it stood and false where it was used."""
    for name in ("zero_extend", "sign_extend"):
        with pytest.raises(TextError):
            from_text(f"(= ((_ {name} 0) |x|) |x|)", {"x": 8})


def test_a_term_of_evidence_is_what_constructors_make() -> None:
    raw = intern(Op.ITE, 8, (intern(Op.NOT, 1, (const(0, 1),)), symbol("x", 8), symbol("y", 8)))
    assert rebuilt(raw) is symbol("x", 8)
