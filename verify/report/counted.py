"""The lemmas of a certificate as lines that can stand in a comment of the header: places and CPUs by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from verify.encode.steps import Compiled
from verify.report.display import readable
from verify.report.lemmas import place_names
from verify.report.system import signed_names
from verify.term.build import substitute, symbol
from verify.term.show import show
from verify.term.term import Term, symbols


def counted_texts(compiled: Compiled, lemmas: Sequence[Term]) -> tuple[str, ...]:
    """Return each lemma on one line in the notation of C, such as ``CPUs at put:78 <= 4``."""
    words = _words(compiled)
    signed = signed_names(compiled.program)
    return tuple(_line(lemma, words, signed) for lemma in lemmas)


def _line(lemma: Term, words: Mapping[str, str], signed: frozenset[str]) -> str:
    term = readable(lemma)
    names = {s: symbol(words[s.name], s.width) for s in symbols((term,)) if s.name in words}
    return " ".join(show(substitute(term, names), lambda name: name in signed).split())


def _words(compiled: Compiled) -> Mapping[str, str]:
    places = dict(zip(((at.actor, at.node) for at in compiled.locations), place_names(compiled.locations), strict=True))
    found = {f"at.{actor}.{node}": f"CPUs at {place}" for (actor, node), place in places.items()}
    for at in compiled.locations:
        for local in at.live:
            found[f"sum.{at.node}.{local.name}"] = f"sum of {local.label} at {places[at.actor, at.node]}"
    return found
