"""What a file may read, or ask, without its being told: clang lists the files that are included, and no others.

Evidence names the bytes that it rests on. What depends on others could not be told from evidence of other sources.
"""

from __future__ import annotations

import re
from typing import Final

from verify.program.errors import reject
from verify.program.program import SourceFile
from verify.term.source import Span

_SPLICE: Final = re.compile(r"\\[ \t]*\r?\n")
_SPACE: Final = r"(?:[ \t]|/\*(?:[^*]|\*(?!/))*\*/)*"
_EMBED: Final = re.compile(rf"^{_SPACE}(?:#|%:|\?\?=){_SPACE}embed\b", re.MULTILINE)
_QUESTION: Final = re.compile(r"\b__has_(?:include|include_next|embed)\b")


def require_told(source: SourceFile) -> None:
    """Raise InputError where a file embeds another, or asks whether there is one."""
    joined, shown = _SPLICE.sub("", source.text), source.name
    if "embed" in joined and (found := _EMBED.search(joined)):
        raise reject(_place(joined, found, shown), "an #embed", "write the values into the file")
    if found := _QUESTION.search(joined):
        what = f"{found[0]}: what a spec means may not depend on which files there are"
        raise reject(_place(joined, found, shown), what, "include the file, or do not")


def _place(text: str, found: re.Match[str], shown: str) -> Span:
    """Return about where it stands: spliced lines before it count as one."""
    start = text.rfind("\n", 0, found.end()) + 1
    return Span(shown, text.count("\n", 0, found.end()) + 1, max(found.start() - start, 0) + 1)
