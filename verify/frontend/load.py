"""The entry of the front end: from a specification's file name to a program as data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from verify.frontend.clang_unit import parse
from verify.frontend.directives import refuse_define, refuse_directives
from verify.frontend.program_builder import build
from verify.frontend.untold import require_told
from verify.program.errors import InputError, reject
from verify.program.knobs import with_knobs
from verify.program.program import HeaderOrigin, Program, PropertyKind
from verify.term.source import Span

_INCLUDE: Final = Path(__file__).parent / "include"
_DEFINE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(=[^\n\r\0]*)?\Z")
_DEFAULT_DEFINES: Final = ("CONFIG_DEBUG_VM", "CONFIG_SMP")
_FLAGS: Final = (
    "-xc",
    "--target=x86_64-linux-gnu",
    "-std=gnu11",
    "-nostdinc",
    "-ffreestanding",
    "-fno-strict-overflow",
    "-fno-strict-aliasing",
    "-Wno-everything",
    # These say that the value of an expression is not defined, or that a call is not what it seems.
    "-Werror=uninitialized",
    "-Werror=sometimes-uninitialized",
    "-Werror=unsequenced",
    "-Werror=return-type",
    "-Werror=implicit-int",
    "-Werror=implicit-function-declaration",
    "-Werror=int-conversion",
    "-Werror=incompatible-pointer-types",
    # A ghost that was meant to be set, and is compared, proves what it should not.
    "-Werror=unused-comparison",
    # The report would state a -D that a file overrides.
    "-Werror=macro-redefined",
    # The values would be others each time.
    "-Werror=date-time",
    # gcc may know an attribute that clang does not, and heed it.
    "-Werror=unknown-attributes",
    # Pasted tokens can spell the operator, and a pragma can take any of the above away. Wherever it stands, a false
    # assertion or a declaration in the wrong place is an error.
    '-D_Pragma(text)=_Static_assert(0, "_Pragma cannot be verified");',
    "-ferror-limit=20",
)


@dataclass(frozen=True, slots=True)
class Options:
    """How a specification is compiled.

    Attributes:
        defines: ``NAME`` or ``NAME=VALUE``, as for -D. CONFIG_DEBUG_VM and CONFIG_SMP are defined by default.
        undefines: names, as for -U; none of them is in ``defines``.
        include_dirs: searched after the specification's own folder and before the stand-ins.
        kernel: a kernel source or header tree, or None. Its ``include`` folder is searched after the stand-ins, so
            that only files without a stand-in (``linux/page_ref.h``) come from it. Defines REFPROOF_KERNEL.
        int_bits: width of int and unsigned int in bits; other than 32 for tests only. Layout and sizeof stay those of
            32 bits, and constants that do not fit are refused.
        needs_property: refuse a specification that says nothing to decide.
        knobs: the ids of the KNOBs that are on; all others are off.
    """

    defines: tuple[str, ...] = ()
    undefines: tuple[str, ...] = ()
    include_dirs: tuple[str, ...] = ()
    kernel: str | None = None
    int_bits: int = 32
    needs_property: bool = False
    knobs: tuple[str, ...] = ()


def load(spec: str, options: Options) -> Program:
    """Return the program that a specification and the code it includes describe, with the options' knobs switched on.

    Raises InputError, with file:line:column and what to do, for everything that is not understood, and for a knob that
    the specification does not have.
    """
    return with_knobs(load_open(spec, options), options.knobs)


def load_open(spec: str, options: Options) -> Program:
    """Return the program that a specification describes while the values of its knobs are open.

    ``options.knobs`` do not matter. Raises InputError, with file:line:column and what to do, for everything that is
    not understood.
    """
    _check_options(spec, options)
    unit = parse(spec, _arguments(options), _roots(options))
    for source in unit.sources:
        refuse_directives(source)
        require_told(source)
    program = build(unit, spec, options.int_bits, _listed(options))
    if options.needs_property and all(p.kind is PropertyKind.BUILT_IN for p in program.properties):
        raise reject(
            Span(spec, 1, 1),
            "this specification has no property",
            "say what must hold: CHECK in an ACTOR, ALWAYS or QUIESCENT",
        )
    return program


def _check_options(spec: str, options: Options) -> None:
    if spec.startswith("-"):
        raise reject(
            None, f"the file name {spec} begins with '-': clang would take it for an option", f"write ./{spec}"
        )
    for text in (spec, *options.defines, *options.undefines, *options.include_dirs, options.kernel or ""):
        _check_text(text)
    _check_file(spec)
    _check_macros(options)
    for folder in options.include_dirs:
        if not Path(folder).is_dir():
            raise reject(None, f"-I {folder} is no folder", "name a folder that exists")
    if options.kernel is not None and _kernel_include(options.kernel) is None:
        raise reject(None, f"{options.kernel} holds no include/linux folder", "give a kernel source or header tree")
    if not 4 <= options.int_bits <= 32:
        raise reject(None, f"an int of {options.int_bits} bits", "use 4 to 32")


def _check_file(spec: str) -> None:
    path = Path(spec)
    try:
        kind = "a folder" if path.is_dir() else None if path.is_file() else "missing"
    except OSError as error:
        raise reject(None, f"cannot read {spec}: {error.strerror}", "give the path of a C file") from None
    if kind == "a folder":
        raise reject(None, f"{spec} is a folder", "give the path of a C file")
    if kind == "missing":
        raise reject(None, f"{spec}: no such file", "give the path of a C file")


def _check_macros(options: Options) -> None:
    for define in options.defines:
        if not _DEFINE.match(define):
            raise reject(None, f"-D {define} is not NAME or NAME=VALUE", "for example -D NR_MAX=1024")
        refuse_define("-D", define)
    for name in options.undefines:
        if not _DEFINE.match(name) or "=" in name:
            raise reject(None, f"-U {name} is not a name", "for example -U CONFIG_DEBUG_VM")
        refuse_define("-U", name)
    for name in sorted({d.split("=", 1)[0] for d in options.defines} & set(options.undefines)):
        raise reject(None, f"both -D {name} and -U {name}", "keep one of them; their order is not looked at")


def _check_text(text: str) -> None:
    """Raise InputError for what cannot be given to clang. Bytes that are not UTF-8 reach Python as surrogates."""
    if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text):
        shown = text.encode(errors="backslashreplace").decode().replace("\0", "\\0")
        raise reject(None, f"'{shown}' holds a NUL character or is not UTF-8", "use UTF-8 text")


def _kernel_include(kernel: str) -> str | None:
    include = Path(kernel) / "include"
    return str(include) if (include / "linux").is_dir() else None


def _roots(options: Options) -> list[tuple[str, str, HeaderOrigin]]:
    roots = [(str(_INCLUDE), "<refproof>", HeaderOrigin.STAND_IN)]
    if options.kernel is not None:
        roots.append((str(Path(options.kernel) / "include"), "<kernel>/include", HeaderOrigin.KERNEL))
    return roots


def _defines(options: Options) -> list[str]:
    given = {d.split("=", 1)[0] for d in options.defines}
    defaults = [d for d in _DEFAULT_DEFINES if d not in given]
    return [*defaults, *options.defines, *(["REFPROOF_KERNEL"] if options.kernel is not None else [])]


def _arguments(options: Options) -> list[str]:
    result = list(_FLAGS)
    result += [f"-D{d}" for d in _defines(options)]
    result += [f"-U{u}" for u in options.undefines]
    result += [f"-I{d}" for d in options.include_dirs]
    result += [f"-I{_INCLUDE}"]
    if options.kernel is not None:
        result.append(f"-I{Path(options.kernel) / 'include'}")
    return [*result, "-include", str(_INCLUDE / "refproof/builtins.h")]


def _listed(options: Options) -> tuple[str, ...]:
    """Return what changes the meaning of the text, as the verdict lists it: each flag as the user gave it."""
    narrow = () if options.int_bits == 32 else (f"int has {options.int_bits} bits",)
    debug = "n" if "CONFIG_DEBUG_VM" in options.undefines else "y"
    kernel = (f"--kernel {options.kernel}",) if options.kernel is not None else ()
    return (
        *(f"-D {d}" for d in options.defines),
        *(f"-U {u}" for u in options.undefines),
        *(f"-I {d}" for d in options.include_dirs),
        *kernel,
        f"CONFIG_DEBUG_VM={debug}",
        *narrow,
    )


__all__ = ["InputError", "Options", "load", "load_open"]
