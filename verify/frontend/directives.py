"""Preprocessor directives that take away what soundness or the specification's words rest on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from verify.program.errors import reject
from verify.program.program import HeaderOrigin, SourceFile
from verify.term.source import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS: Final = (
    r"(?:ACTOR(?:_MAX|_LIMIT)?|ALWAYS|ANY|ASSUME|ATOMICALLY|CHECK|CPUS|EXPECT|FRESH|GHOST|INIT|KNOB|LEMMA|QUIESCENT"
    r"|NO_STORE|TOKEN|WAIT|REFPROOF_H|REFPROOF_BUILTINS_H|_*refproof_\w*|__atomic_\w+|__sync_\w+|_Pragma|__pragma"
    # What the words are made of: an annotation that is lost makes an actor one that is not seen.
    r"|__attribute(?:__)?|annotate|unused|__COUNTER__|_Static_assert|__typeof_unqual__|_Bool|static|void|return|enum"
    r"|typedef|extern|volatile|sizeof|if|else)"
)
_WORD: Final = re.compile(_WORDS + r"\Z")
_DIRECTIVE: Final = re.compile(r"^[ \t\f\v]*(?:#|%:)[ \t\f\v]*(\w+)[ \t\f\v]*([^\n]*)", re.MULTILINE)
_OPERATOR: Final = re.compile(r"\b(_Pragma|__pragma)\b")
_HARMLESS_PRAGMA: Final = re.compile(r"(?:once|message|pack|region|endregion|mark)\b")
_COMMENT: Final = re.compile(
    r"""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'""",
    re.DOTALL,
)
# clang takes either half of a line end for one.
_SPLICE: Final = re.compile(r"\\[ \t\f\v]*(?:\r\n|\n\r|\n|\r)")
# What may stand between the parts of a directive. A comment behind a # is one, whatever came before.
_GAP: Final = r"(?:[ \t\f\v]|/\*(?:[^*]|\*(?!/))*\*/)*"
_REDEFINITION: Final = re.compile(rf"(?:#|%:){_GAP}(define|undef){_GAP}({_WORDS})(?!\w)")
_PRAGMA: Final = re.compile(rf"(?:#|%:){_GAP}(pragma)(?!\w){_GAP}([^\r\n]*)")
_MARKER: Final = re.compile(rf"(?:#|%:){_GAP}(\d+)({_GAP}\")")
_PRAGMA_ADVICE: Final = "remove it: it may switch off warnings that the verification needs"


def refuse_directives(source: SourceFile) -> None:
    """Raise InputError for a pragma that is not known to be harmless, a line marker, or a redefined word.

    The text is looked at twice, with its comments and without: a directive may stand behind a comment, and what looks
    like a comment may be none. What is looked for is looked for in the middle of a line too: in skipped text and in the
    names of headers, quotes and comments begin and end otherwise than here. So a directive inside a comment is refused
    as well, which loses nothing but comfort.
    """
    if source.origin is HeaderOrigin.STAND_IN:
        return
    spliced = _SPLICE.sub("", source.text)
    if not re.search(r"ragma|#|%:", spliced):
        return
    for text in (source.text, spliced, _COMMENT.sub(_blank, spliced)):
        for line, what, advice in _found(text):
            raise reject(Span(source.name, line, 1), what, advice)


def refuse_define(option: str, text: str) -> None:
    """Raise InputError for a -D or -U (``option``) that redefines a word or holds a pragma."""
    name = text.split("=", 1)[0]
    if _WORD.match(name):
        raise reject(None, f"{option} {text} redefines a word of the specification language", "use another name")
    if _OPERATOR.search(text) or "##" in text or "%:%:" in text:
        raise reject(None, f"{option} {text} holds a pragma or pastes tokens", _PRAGMA_ADVICE)


def _blank(match: re.Match[str]) -> str:
    """Return a comment as white space of as many lines, and a literal as it is."""
    text = match[0]
    return text if text[0] in "\"'" else " " + "\n" * text.count("\n")


def _found(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield (line, what is wrong, advice). Lines count from 1, without those that continue another."""
    for match in (m for kind in (_DIRECTIVE, _REDEFINITION, _PRAGMA, _MARKER) for m in kind.finditer(text)):
        problem = _problem(match[1], match[2])
        if problem is not None:
            yield text.count("\n", 0, match.start()) + 1, *problem
    for match in _OPERATOR.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, f"the operator {match[0]}", _PRAGMA_ADVICE


def _problem(directive: str, rest: str) -> tuple[str, str] | None:
    if directive.isdigit():
        return "a line marker", "give the source before preprocessing"
    if directive == "pragma" and not _HARMLESS_PRAGMA.match(rest):
        return f"#pragma {rest.strip()}", _PRAGMA_ADVICE
    name = re.match(r"\w+", rest)
    if directive in ("define", "undef") and name is not None and _WORD.match(name[0]):
        return f"#{directive} of '{name[0]}', a word of the specification language", "use another name"
    return None
