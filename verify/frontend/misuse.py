"""In our own words: errors of clang that come from a word of the language at a wrong place, or a missing header."""

from __future__ import annotations

import difflib
import re
from typing import Final

from verify.frontend.atomics import rows

_KNOB_ADVICE: Final = 'write KNOB("id"), with a string literal, in a condition inside a function: if (KNOB("id")) …'
_ONLY_IN_ACTORS: Final = frozenset({"ANY", "ASSUME", "ATOMICALLY", "CHECK", "FRESH", "WAIT"})
_ONLY_AT_FILE_SCOPE: Final = frozenset(
    {"ACTOR", "ACTOR_MAX", "ACTOR_LIMIT", "ALWAYS", "INIT", "LEMMA", "NO_STORE", "QUIESCENT"}
)
_WORDS: Final = sorted(_ONLY_IN_ACTORS | _ONLY_AT_FILE_SCOPE | {"CPUS", "EXPECT", "GHOST", "KNOB", "TOKEN"})
_CAPITALS: Final = re.compile(r"\b[A-Z][A-Z_]{2,}\b")
_OF_BUG_H: Final = frozenset({"BUG_ON", "WARN", "WARN_ON", "WARN_ON_ONCE", "WARN_ONCE"})
_ALIKE: Final = 0.75
_MISSING_HEADER: Final = re.compile(r"'(.+)' file not found\Z")
_KERNEL_FOLDER: Final = re.compile(r"(?:linux|asm|asm-generic|uapi|vdso)/")
_UNSET: Final = "is used uninitialized"
_REDEFINED: Final = "macro redefined"
_UNUSED: Final = "comparison result unused"
_UNDECLARED: Final = re.compile(r"call to undeclared (?:library )?function '(\w+)'")
_SECOND_ACTOR: Final = re.compile(r"redefinition of 'refproof_actor_(\w+)'")
_MISPLACED: Final = "function definition is not allowed here"


def explain(message: str, word: str | None, *, in_function: bool) -> tuple[str, str] | None:
    """Return (what is wrong, what to do) for an error of clang, or None where clang's own words are best.

    ``word`` is the identifier at the error's place; ``in_function`` says whether that is in a function's body.
    """
    if word == "KNOB" and _UNSET in message:
        return message, "give it a value whether the knob is on or off"
    if word == "KNOB":
        return message if in_function else "a KNOB outside of a function: at file scope", _KNOB_ADVICE
    if message == "redefinition of enumerator 'refproof_cpus_max'":
        return "a second CPUS", "keep one"
    if second := _SECOND_ACTOR.fullmatch(message):
        return f"a second ACTOR({second[1]})", "give it another name, or write both into one"
    if message.endswith(_REDEFINED) and word in _WORDS:
        return f"#define of '{word}', a word of the specification language", "use another name"
    if message.endswith(_REDEFINED):
        return message, "put #ifndef and #endif around it, so that -D or a file before can set it, or #undef it before"
    if message.endswith(_UNUSED):
        return message, "to set a value, write ="
    if (called := _UNDECLARED.match(message)) and (called[1] in _OF_BUG_H or not _CAPITALS.fullmatch(called[1])):
        return f"call to undeclared function '{called[1]}'", _unknown(called[1])
    if word in _ONLY_IN_ACTORS and not in_function:
        return f"{_a(word)} outside an actor: at file scope", f"move it into an ACTOR{_instead(word)}"
    if word in _ONLY_AT_FILE_SCOPE and message == _MISPLACED:
        return f"{_a(word)} inside a function", "move it to file scope, outside of every function"
    return None


def _unknown(name: str) -> str:
    """Return what to do about a function that is not declared."""
    if any(r.name == name for r in rows()):
        return "#include <linux/atomic.h>"
    if name in _OF_BUG_H:
        return "#include <linux/bug.h>"
    alike = difflib.get_close_matches(name, [r.name for r in rows() if not r.name.startswith("_")], 1, _ALIKE)
    return f"if it is meant to be {alike[0]}, write it so" if alike else "include its header, or define it"


def missing_header(message: str, *, in_tree: bool) -> tuple[str, str] | None:
    """Return the same for an error about a header that is not found; ``in_tree``: a kernel tree was given."""
    missing = _MISSING_HEADER.match(message)
    return None if missing is None else (message, _where_headers_are(missing[1], in_tree=in_tree))


def hint(line: str, *, has_words: bool) -> str:
    """Return what to do about a word of the language that a line with an error misspells, or nothing.

    ``has_words`` says whether <refproof.h> is included.
    """
    for word in _CAPITALS.findall(line):
        if word in _WORDS and not has_words:
            return f"{word} is a word of <refproof.h>: #include it first"
        if word not in _WORDS and (alike := difflib.get_close_matches(word, _WORDS, 1, _ALIKE)):
            return f"if {word} is meant to be {alike[0]}, write it so"
    return ""


def _a(word: str) -> str:
    return f"{'an' if word[0] in 'AI' else 'a'} {word}"


def _instead(word: str) -> str:
    return ", or write ALWAYS or QUIESCENT for what holds in every state" if word == "CHECK" else ""


def _where_headers_are(name: str, *, in_tree: bool) -> str:
    if in_tree and name.startswith("asm/"):
        return (
            "headers of one architecture are not looked for; give the folder with what the spec needs of it with -I DIR"
        )
    if in_tree:
        return "the tree given with --kernel has none of this name; give the folder that holds it with -I DIR"
    if _KERNEL_FOLDER.match(name):
        return "give a kernel source or header tree with --kernel DIR, or the folder that holds it with -I DIR"
    return "give the folder that holds it with -I DIR"
