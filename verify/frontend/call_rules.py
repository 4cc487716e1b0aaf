"""What a call must not do, read off its syntax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verify.frontend.analysis import has_effects
from verify.frontend.clang_unit import Cursor, TypeKind, children
from verify.program.errors import reject

if TYPE_CHECKING:
    from verify.frontend.clang_unit import Unit
    from verify.term.source import Span


def refuse_effects(name: str, arguments: list[Cursor], span: Span) -> None:
    """Raise InputError for an operand of a builtin that is not evaluated, but would have an effect.

    __builtin_constant_p evaluates nothing, __builtin_expect only its first operand's value is lowered.
    """
    unevaluated = arguments if name == "__builtin_constant_p" else arguments[1:]
    if any(has_effects(a, lambda _: False) for a in unevaluated):
        raise reject(span, f"{name} of an operand with side effects", "evaluate it into a variable before")


def refuse_parameter_effects(unit: Unit, definition: Cursor) -> None:
    """Raise InputError for a parameter whose type would evaluate something: ``int p[n++]``."""
    for parameter in definition.get_arguments():
        if any(has_effects(c, lambda _: False) for c in children(parameter) if c.kind.is_expression()):
            what = f"the type of the parameter '{parameter.spelling}' has side effects"
            raise reject(unit.span(parameter), what, "write a pointer")


def refuse_mismatch(c: Cursor, definition: Cursor, span: Span) -> None:
    """Raise InputError for a call whose arguments C does not convert to the types of the parameters."""
    given, wanted = len(list(c.get_arguments())), len(list(definition.get_arguments()))
    # The definition of an old-style function has a prototype in clang's eyes; the called expression has none.
    declared = [c.referenced.type] if c.referenced is not None else []
    kinds = [*declared, definition.type, *(f.type.get_canonical().get_pointee() for f in children(c)[:1])]
    without = any(k.get_canonical().kind == TypeKind.FUNCTIONNOPROTO for k in kinds)
    if given != wanted:
        what = f"a call of '{c.spelling}' with {given} arguments, which has {wanted} parameters"
        raise reject(span, what, "declare its parameters: write (void) for none, and pass one argument for each")
    if without and given:
        what = f"a call with arguments of '{c.spelling}', which is declared without a prototype"
        raise reject(span, what, "declare its parameters")
