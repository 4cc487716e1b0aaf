"""libclang at arm's length: parsing, diagnostics, and what the Python bindings do not show.

Tokens are never used: libclang gives none inside macro expansions. Operators, literals and initialisers come from the
cursor API; where the bindings lack a call, its declaration is added here to their ctypes library.
"""

from __future__ import annotations

import codecs
import ctypes
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clang import cindex  # type: ignore[import-untyped]

from verify.frontend.misuse import explain, hint, missing_header
from verify.program.errors import Diagnostic, InputError, reject
from verify.program.program import HeaderOrigin, SourceFile
from verify.term.source import Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# The bindings carry no types, so a cursor, a type and so on are Any to the type checker.
Cursor = Any
ClangType = Any
TranslationUnit = Any
File = Any
Kind = cindex.CursorKind
TypeKind = cindex.TypeKind

POST_INC, POST_DEC, PRE_INC, PRE_DEC, ADDRESS_OF, DEREF, PLUS, MINUS, NOT, LOGICAL_NOT = range(1, 11)
EXTENSION: Final = 13

_EVALUATED_INT: Final = 1
_EVALUATED_BYTES: Final = 8
_EVALUATED_TEXT: Final = 4
_MAX_DIAGNOSTICS: Final = 20
_MAX_NAME: Final = 100
_STAND_IN: Final = HeaderOrigin.STAND_IN
_OTHER_TEXT: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_IDENTIFIER: Final = re.compile(rb"[A-Za-z_]\w*")


def _declare(name: str, arguments: list[object], result: object) -> Callable[..., Any]:
    function = getattr(cindex.conf.lib, name)
    function.argtypes = arguments
    function.restype = result
    declared: Callable[..., Any] = function
    return declared


_unary = _declare("clang_getCursorUnaryOperatorKind", [cindex.Cursor], ctypes.c_int)
_evaluate = _declare("clang_Cursor_Evaluate", [cindex.Cursor], ctypes.c_void_p)
_result_kind = _declare("clang_EvalResult_getKind", [ctypes.c_void_p], ctypes.c_int)
_result_is_unsigned = _declare("clang_EvalResult_isUnsignedInt", [ctypes.c_void_p], ctypes.c_uint)
_result_signed = _declare("clang_EvalResult_getAsLongLong", [ctypes.c_void_p], ctypes.c_longlong)
_result_unsigned = _declare("clang_EvalResult_getAsUnsigned", [ctypes.c_void_p], ctypes.c_ulonglong)
_result_text = _declare("clang_EvalResult_getAsStr", [ctypes.c_void_p], ctypes.c_char_p)
_dispose = _declare("clang_EvalResult_dispose", [ctypes.c_void_p], None)
_value_type = _declare("clang_Type_getValueType", [cindex.Type], cindex.Type)
_initializer = _declare("clang_Cursor_getVarDeclInitializer", [cindex.Cursor], cindex.Cursor)
_spelling_location = _declare(
    "clang_getSpellingLocation",
    [
        cindex.SourceLocation,
        ctypes.POINTER(cindex.c_object_p),
        *(ctypes.POINTER(ctypes.c_uint) for _ in range(3)),
    ],
    None,
)
_contents = _declare(
    "clang_getFileContents",
    [cindex.TranslationUnit, cindex.File, ctypes.POINTER(ctypes.c_size_t)],
    ctypes.c_void_p,
)
_is_null = _declare("clang_Cursor_isNull", [cindex.Cursor], ctypes.c_int)


@dataclass(frozen=True, slots=True)
class Unit:
    """A parsed translation unit. ``origins`` maps clang's file names to (name for the user, origin)."""

    tu: TranslationUnit
    origins: dict[str, tuple[str, HeaderOrigin]]
    sources: tuple[SourceFile, ...]
    texts: dict[str, str]

    def span(self, cursor: Cursor) -> Span:
        """Return where a cursor stands: the place of the expansion for text that comes from a macro."""
        location = cursor.location
        if location.file is None:
            location = cursor.extent.start
        name = location.file.name if location.file is not None else ""
        return Span(self.origins.get(name, (name, HeaderOrigin.SPEC))[0], location.line, location.column)

    def end_span(self, cursor: Cursor) -> Span:
        """Return where the last character of a cursor's text stands: a body's closing brace."""
        end = cursor.extent.end
        return Span(self.span(cursor).file, end.line, max(1, end.column - 1))

    def origin(self, cursor: Cursor) -> HeaderOrigin:
        """Return whose text a cursor stands in."""
        file = cursor.location.file
        return self.origins.get(file.name if file is not None else "", ("", HeaderOrigin.SPEC))[1]


def parse(spec: str, arguments: Sequence[str], roots: Sequence[tuple[str, str, HeaderOrigin]]) -> Unit:
    """Parse one translation unit.

    Args:
        spec: the file name as the user wrote it.
        arguments: clang's arguments.
        roots: (folder, name for the user, origin) of the folders whose files are not the user's own.

    Raises InputError with all of clang's errors, or naming a file that is not text.
    """
    try:
        tu = cindex.Index.create().parse(spec, args=list(arguments))
    except cindex.TranslationUnitLoadError:
        raise reject(None, f"clang could not read {spec}", "check that it is a C file") from None
    names = [spec, *sorted({str(i.include.name) for i in tu.get_includes()} - {spec}, key=_first_seen(tu))]
    origins = {name: _origin(name, roots) for name in names}
    files = {str(i.include.name): i.include for i in tu.get_includes()}
    read = {name: _read(tu, files.get(name), name, origins[name][0]) for name in names}
    texts = {name: data.decode() for name, data in read.items()}
    in_tree = any(origin is HeaderOrigin.KERNEL for _, _, origin in roots)
    _raise_errors(tu, origins, texts, in_tree=in_tree)
    sources = tuple(SourceFile(*origins[n], hashlib.sha256(data).hexdigest(), texts[n]) for n, data in read.items())
    return Unit(tu, origins, sources, texts)


def _first_seen(tu: TranslationUnit) -> Callable[[str], int]:
    order: dict[str, int] = {}
    for inclusion in tu.get_includes():
        order.setdefault(str(inclusion.include.name), len(order))
    return order.__getitem__


def _origin(name: str, roots: Sequence[tuple[str, str, HeaderOrigin]]) -> tuple[str, HeaderOrigin]:
    for folder, shown, origin in roots:
        # <../../x.h> names a file somewhere else, by way of the folder.
        if name.startswith(folder + "/") and ".." not in name[len(folder) :].split("/"):
            return shown + name[len(folder) :], origin
    return name, HeaderOrigin.SPEC


def _loaded(tu: TranslationUnit, file: File) -> bytes | None:
    """Return the bytes that clang parsed, which a file may no longer have: it holds its own files in memory."""
    size = ctypes.c_size_t()
    start = _contents(tu, file, ctypes.byref(size))
    return None if start is None else ctypes.string_at(start, size.value)


def _read(tu: TranslationUnit, file: File | None, name: str, shown: str) -> bytes:
    """Return the bytes of a file as they were parsed. Raises InputError when it could not be read or is not text."""
    data = _loaded(tu, tu.get_file(name) if file is None else file)
    if data is None:
        try:
            begin = Path(name).read_bytes()[:4]
        except OSError as error:
            raise reject(None, f"cannot read {shown}: {error.strerror}", "check its permissions") from None
        if begin.startswith(_OTHER_TEXT):
            raise reject(Span(shown, 1, 1), "this file is not text: it is not UTF-8", "give a C source file")
        raise reject(None, f"cannot read {shown}: it changed while it was read", "run the command again")
    line = data[: data.find(b"\0") + 1].count(b"\n") + 1
    if b"\0" in data:
        raise reject(Span(shown, line, 1), "this file is not text: it contains a NUL byte", "give a C source file")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise reject(Span(shown, line, 1), "this file is not text: it is not UTF-8", "give a C source file") from None
    return data


def _raise_errors(
    tu: TranslationUnit, origins: dict[str, tuple[str, HeaderOrigin]], texts: dict[str, str], *, in_tree: bool
) -> None:
    has_words = any(name.endswith("/refproof.h") for name, (_, origin) in origins.items() if origin is _STAND_IN)
    found: list[Diagnostic] = []
    for d in tu.diagnostics:
        if d.severity < cindex.Diagnostic.Error:
            continue
        file = d.location.file
        shown = origins.get(file.name, (file.name,))[0] if file is not None else None
        span = Span(shown, d.location.line, d.location.column) if shown is not None else None
        line = _line(texts.get(file.name, ""), d.location) if file is not None else b""
        word = _word_at(line, d.location)
        in_function = word is not None and _in_function(tu, d.location)
        told = missing_header(d.spelling, in_tree=in_tree) or explain(d.spelling, word, in_function=in_function)
        # The word at the place first: a line may have others that are misspelt.
        parts = (line[max(0, d.location.column - 1) :], line)
        hints = (hint(part.decode(errors="ignore"), has_words=has_words) for part in parts)
        advice = "" if told is not None else next(filter(None, hints), "")
        found.append(Diagnostic(span, *(told or (str(d.spelling), advice))))
    if found:
        raise InputError(*list(dict.fromkeys(found))[:_MAX_DIAGNOSTICS])


def _line(text: str, location: Any) -> bytes:  # noqa: ANN401 - the bindings carry no types
    lines = text.encode().splitlines()
    return lines[location.line - 1] if 0 < location.line <= len(lines) else b""


def _word_at(line: bytes, location: Any) -> str | None:  # noqa: ANN401
    """Return the identifier that stands at a place of a line. Clang's columns count bytes."""
    found = _IDENTIFIER.match(line, max(0, location.column - 1))
    return found[0].decode() if found is not None else None


def _in_function(tu: TranslationUnit, location: Any) -> bool:  # noqa: ANN401 - the bindings carry no types
    """Return whether a place stands in the body of a function."""
    functions = (c for c in tu.cursor.get_children() if c.kind == Kind.FUNCTION_DECL and c.is_definition())
    return any(location in f.extent for f in functions)


def children(cursor: Cursor) -> list[Cursor]:
    return list(cursor.get_children())


def unary_operator(cursor: Cursor) -> int:
    """Return the operator of a UNARY_OPERATOR, one of POST_INC to LOGICAL_NOT or EXTENSION, else another number."""
    return int(_unary(cursor))


def binary_operator(cursor: Cursor) -> str:
    """Return the name of a binary or compound assignment operator, e.g. ``Add``, ``ShlAssign``."""
    return str(cursor.binary_operator.name)


def evaluate_int(cursor: Cursor) -> int | None:
    """Return the value of an integer constant expression as clang computes it.

    None when it is not one, or has more than 64 bits, of which libclang would leave out the upper ones.
    """
    if cursor.type.get_canonical().get_size() > _EVALUATED_BYTES:
        return None
    result = _evaluate(cursor)
    if not result:
        return None
    try:
        if _result_kind(result) != _EVALUATED_INT:
            return None
        return int(_result_unsigned(result) if _result_is_unsigned(result) else _result_signed(result))
    finally:
        _dispose(result)


def evaluate_text(cursor: Cursor) -> str | None:
    """Return the text of a string literal behind casts and parentheses, or None."""
    result = _evaluate(cursor)
    if not result:
        return None
    try:
        if _result_kind(result) != _EVALUATED_TEXT:
            return None
        return bytes(_result_text(result)).decode(errors="replace")
    finally:
        _dispose(result)


def value_type(kind: ClangType) -> ClangType:
    """Return the T of an ``_Atomic(T)``."""
    return _with_unit(_value_type(kind), kind)


def _with_unit(result: ClangType, like: ClangType) -> ClangType:
    result._tu = like._tu  # noqa: SLF001 - what the bindings themselves do with every returned type
    return result


def initializer(cursor: Cursor) -> Cursor | None:
    """Return the initialiser of a variable's declaration, or None."""
    result = _initializer(cursor)
    if _is_null(result):
        return None
    result._tu = cursor._tu  # noqa: SLF001 - what the bindings themselves do with every returned cursor
    return result


def walk(cursor: Cursor) -> Iterator[Cursor]:
    """Yield a cursor and everything below it, in source order."""
    stack = [cursor]
    while stack:
        top = stack.pop()
        yield top
        stack.extend(reversed(list(top.get_children())))


def notes_of(cursor: Cursor) -> list[str]:
    """Return the texts of the ``refproof:`` annotations of a declaration, without that prefix."""
    texts = (str(c.spelling) for c in cursor.get_children() if c.kind == Kind.ANNOTATE_ATTR)
    return [t.removeprefix("refproof:") for t in texts if t.startswith("refproof:")]


def spelled_at(unit: Unit, cursor: Cursor) -> str:
    """Return the text that begins a cursor, where it is spelled: in a macro's definition if it comes from one.

    Empty when that is in no file that was read: in -D, or pasted together.
    """
    file, line, column, offset = cindex.c_object_p(), ctypes.c_uint(), ctypes.c_uint(), ctypes.c_uint()
    _spelling_location(
        cursor.extent.start, ctypes.byref(file), ctypes.byref(line), ctypes.byref(column), ctypes.byref(offset)
    )
    if not file:
        return ""
    text = unit.texts.get(str(cindex.File(file).name), "")
    return text.encode()[offset.value : offset.value + _MAX_NAME].decode(errors="replace")
