"""Calls: words of the specification, compiler builtins, atomic operations, and inlining of everything with a body."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from verify.frontend.access import UNRESOLVED_ADVICE, load, scalar, shared_access, splice, store, unresolved
from verify.frontend.analysis import PURE_BUILTINS, facts_of
from verify.frontend.atomics import Effect, Operation, Role, Row, effect, lookup, ordering_of
from verify.frontend.call_rules import refuse_effects, refuse_mismatch, refuse_parameter_effects
from verify.frontend.clang_unit import ClangType, Cursor, Kind, children, evaluate_text
from verify.frontend.ctype import Integer, PointerType, Void, value_width
from verify.frontend.graph import alive, place
from verify.frontend.indirect import called_function
from verify.frontend.one_step import refuse_repeated
from verify.frontend.operands import literal
from verify.frontend.places import constant_value
from verify.frontend.sequence import Operand, mark, operand, refuse_conflicts
from verify.frontend.state import (
    DEFINED_BEHAVIOUR,
    Frame,
    Lowering,
    assign,
    built_in_check,
    flush,
    new_local,
    snapshot,
    variable_term,
)
from verify.frontend.taint import tainted
from verify.frontend.values import (
    LValue,
    Nothing,
    Null,
    Number,
    Pointer,
    PointerVariable,
    Private,
    Proof,
    Shared,
    Value,
)
from verify.frontend.words import WORDS, stop_here
from verify.program.errors import reject
from verify.program.program import HeaderOrigin, Ordering
from verify.term.build import FALSE, const, extract, ite, resize
from verify.term.term import Op, Term, symbols

if TYPE_CHECKING:
    from verify.frontend.analysis import Facts
    from verify.term.source import Span

GENERIC = "__refproof_access"


def call(low: Lowering, c: Cursor) -> Value:
    """Lower a call and return its value."""
    span = low.world.unit.span(c)
    function = called_function(low, c, span)
    name = str(function.spelling)
    named = c.referenced == function
    word = WORDS.get(name) if named else None
    if word is not None:
        return word(low, c, span)
    definition = function.get_definition()
    if definition is not None:
        return _inline(low, c, definition, span)
    if not named:
        raise reject(span, f"a call of '{name}' through a pointer", "give it a body, in a function of its own")
    if name == GENERIC:
        return _generic(low, c, span)
    row = lookup(name)
    if row is not None and _is_ours(low, function):
        return _named(low, c, row, span)
    return _builtin(low, c, name, span)


def _is_ours(low: Lowering, function: Cursor) -> bool:
    """Return whether the stand-ins declare a function, or the compiler: one of the user's own may mean anything."""
    place = function.canonical
    return place.location.file is None or low.world.unit.origin(place) is HeaderOrigin.STAND_IN


def _builtin(low: Lowering, c: Cursor, name: str, span: Span) -> Value:
    arguments = list(c.get_arguments())
    if name in (*PURE_BUILTINS, "__builtin_expect_with_probability"):
        refuse_effects(name, arguments, span)
    if name in ("__builtin_expect", "__builtin_expect_with_probability"):
        return low.rvalue(low, arguments[0])
    if name == "__builtin_constant_p":
        value = low.rvalue(low, arguments[0])
        if isinstance(value, Number) and value.term.op is Op.CONST:
            return literal(1, low.world.types.int, span)
        raise reject(span, "__builtin_constant_p of what is not a constant", "compilers may differ; avoid it")
    if name in ("__builtin_unreachable", "__builtin_trap"):
        built_in_check(low, DEFINED_BEHAVIOUR, FALSE, span)
        stop_here(low, span)
        return Nothing()
    raise reject(
        span,
        f"a call of '{name}', which has no body here",
        "include its definition, or write a model of it in the spec",
    )


def arguments_of(low: Lowering, arguments: list[Cursor], span: Span) -> list[Value]:
    """Return the values of arguments. Raises InputError where the order of their evaluation could matter."""
    found: list[Operand] = []
    for argument in arguments:
        start = mark(low)
        found.append(operand(low, start, low.rvalue(low, argument)))
    refuse_conflicts(low, found, span)
    return [o.value for o in found]


def _named(low: Lowering, c: Cursor, row: Row, span: Span) -> Value:
    arguments = list(c.get_arguments())
    width = 0
    for role, argument in zip(row.roles, arguments, strict=False):
        if role is Role.TARGET:
            width = row.width or 8 * argument.type.get_canonical().get_pointee().get_size()
    if width == 32:
        width = low.world.types.int_bits
    return _atomic(low, row, arguments, width, c.type, span)


def _generic(low: Lowering, c: Cursor, span: Span) -> Value:
    name, target, size, *rest = c.get_arguments()
    text = evaluate_text(name)
    row = lookup(text) if text is not None else None
    if row is None:
        raise reject(span, f"the atomic operation '{text}' is not known", "use the kernel's atomic_* functions")
    byte_count = constant_value(low.rvalue(low, size))
    if byte_count is None:
        raise reject(span, "an atomic access whose size is not constant", "give the object a complete type")
    width = low.world.types.int_bits if byte_count == 4 else 8 * byte_count
    return _atomic(low, row, [target, *rest] if Role.TARGET in row.roles else rest, width, c.type, span)


def _atomic(low: Lowering, row: Row, arguments: list[Cursor], width: int, result: ClangType, span: Span) -> Value:
    """Lower one atomic operation; ``width`` of a word in bits."""
    if row.refused is not None:
        raise reject(span, f"{row.name} cannot be verified", row.refused)
    if len(arguments) != len(row.roles):
        raise reject(span, f"{row.name} needs {len(row.roles)} arguments, not {len(arguments)}", "see its declaration")
    values = list(zip(row.roles, arguments_of(low, arguments, span), arguments, strict=True))
    ordering = _ordering(row, [v for r, v, _ in values if r is Role.ORDER], span)
    targets = [v for r, v, _ in values if r is Role.TARGET]
    if not targets:
        return Nothing()
    if not isinstance(targets[0], Pointer):
        raise unresolved(span)
    operands: list[Term] = []
    expected: LValue | None = None
    for role, value, argument in values:
        if role is Role.VALUE:
            operands.append(_operand(value, width, span))
        elif role is Role.EXPECTED:
            expected = _expected(value, argument, span)
            operands.append(_operand(load(low, expected, span), width, span))
    # In a narrow compilation a row's 32 bits are those of the narrow int.
    row = replace(row, width=None)
    done = _perform(low, row, (targets[0], width * row.words, ordering), tuple(operands), span)
    found = [low.world.types.of(result)] if done.result is not None and done.result.width > 1 else []
    found += [low.world.types.of(expected.type)] if expected is not None else []
    target = targets[0].place
    if isinstance(target, Shared) and any(isinstance(kind, Integer) and kind.is_bool for kind in found):
        low.world.bools.setdefault((target.object, target.offset), (target.path, span))
    return _finish(low, done, expected, result, span)


def _operand(value: Value, width: int, span: Span) -> Term:
    if not isinstance(value, Number) or not isinstance(value.type, Integer):
        raise reject(span, "an operand of an atomic operation that is not an integer", "give it an integer")
    return resize(value.term, width, signed=value.type.signed)


def _ordering(row: Row, orders: list[Value], span: Span) -> Ordering:
    numbers = [constant_value(o) for o in orders]
    constants = tuple(n for n in numbers if n is not None)
    if len(constants) != len(numbers):
        raise reject(span, "a memory order that is not constant", "use one of the memory_order_* constants")
    if not constants and row.ordering is None:
        return Ordering.FULL
    try:
        return ordering_of(row, constants)
    except ValueError as error:
        raise reject(span, str(error), "use a memory order that this operation allows") from None


def _expected(value: Value, argument: Cursor, span: Span) -> LValue:
    if isinstance(value, Pointer) and isinstance(value.place, Private | Proof):
        inner = argument
        while inner.kind in (Kind.UNEXPOSED_EXPR, Kind.PAREN_EXPR, Kind.CSTYLE_CAST_EXPR):
            inner = children(inner)[-1]
        return LValue(value.place, inner.type.get_canonical().get_pointee())
    raise reject(span, "the expected value of a compare-exchange is not a variable of this function", UNRESOLVED_ADVICE)


def _perform(
    low: Lowering, row: Row, how: tuple[Pointer, int, Ordering], operands: tuple[Term, ...], span: Span
) -> Effect:
    pointer, width, ordering = how
    target = pointer.place
    if isinstance(target, Shared):
        done: list[Effect] = []

        def change(old: Term) -> tuple[Term, Term]:
            done.append(effect(row, old, operands))
            return done[0].stores, done[0].new

        shared_access(low, target, width, change, (row.name, ordering, row.marking), span, signed=True)
        return done[0]
    if isinstance(target, Private) and not (isinstance(target.type, Integer) and target.type.is_bool):
        _refuse_ledger(low, row, target, operands, span)
        # An atomic operation on a variable of one CPU's own is no step.
        word = Integer(width, signed=True, rank=6, memory=width, name="")
        old = snapshot(low, Number(_bits(target, width, span), word), span, "old").term
        result = effect(row, old, operands)
        whole = splice(variable_term(target), ite(result.stores, result.new, old), target.offset)
        assign(low, target, whole, span)
        return result
    raise reject(span, "an atomic operation on what is not shared memory", "give it the address of a shared object")


def _refuse_ledger(low: Lowering, row: Row, target: Private, operands: tuple[Term, ...], span: Span) -> None:
    copies = (Operation.NOTHING, Operation.LOAD, Operation.STORE, Operation.EXCHANGE, Operation.COMPARE_EXCHANGE)
    if row.operation not in copies and tainted(low, variable_term(target), *operands):
        raise reject(span, f"{row.name} of a local that holds a ghost's value", "use C's operators on ghosts")


def _bits(target: Private, width: int, span: Span) -> Term:
    whole = variable_term(target)
    if not 0 <= target.offset <= whole.width - width:
        raise reject(span, f"an access outside of '{target.local}'", "stay inside the object")
    return extract(whole, target.offset + width - 1, target.offset)


def _finish(low: Lowering, done: Effect, expected: LValue | None, result: ClangType, span: Span) -> Value:
    """Return the result, and write back what the operation found."""
    kind = low.world.types.of(result)
    value: Value = Nothing()
    if done.result is not None and not isinstance(kind, Void):
        if not isinstance(kind, Integer):
            raise reject(span, f"an atomic operation on '{result.spelling}'", "use integers; pointers are not modelled")
        value = Number(resize(done.result, kind.width, signed=False), kind)
    if expected is not None and done.expected is not None:
        if isinstance(value, Number):
            value = snapshot(low, value, span, "result")
        target = scalar(low, expected.type, span)
        store(low, expected, Number(resize(done.expected, value_width(target), signed=False), target), span)
    return value


def _inline(low: Lowering, c: Cursor, definition: Cursor, span: Span) -> Value:
    name = str(definition.spelling)
    _refuse_recursion(low, name, span)
    kind = definition.type.get_canonical()
    if kind.kind.name == "FUNCTIONPROTO" and kind.is_function_variadic():
        raise reject(span, f"'{name}' takes a variable number of arguments", "give it fixed parameters")
    refuse_mismatch(c, definition, span)
    refuse_parameter_effects(low.world.unit, definition)
    valued = low.valued
    low.valued = not low.judging
    values = arguments_of(low, list(c.get_arguments()), span)
    flush(low)
    low.valued = False
    frame = Frame(name, facts(low, definition), low.frame, span)
    caller, ledger, path, before = low.frame, low.ledger, low.path, low.accesses
    low.frame, low.ledger, low.path = frame, False, []
    start = len(low.graph.nodes)
    if path and any(g.op is not Op.CONST for g in path):
        raise reject(span, f"a call of '{name}' inside a condition", "call it before")
    for parameter, value in zip(definition.get_arguments(), values, strict=True):
        _bind(low, parameter, value, span)
    body = next(b for b in children(definition) if b.kind == Kind.COMPOUND_STMT)
    low.block(low, body)
    flush(low)
    _refuse_no_value(low, definition, body)
    place(low.graph, frame.exit)
    low.frame, low.ledger, low.path, low.valued = caller, ledger, path, valued
    if low.atomic and caller is low.atomic_frame and low.accesses > before + 1:
        raise reject(
            span,
            f"'{name}' makes more than one access and is called in a step",
            "ATOMICALLY and WAIT are for the specification's own code; call the code under test outside",
        )
    if low.atomic and caller is low.atomic_frame:
        refuse_repeated(low, start, name, span)
    return _returned(low, frame, c.type, span)


def facts(low: Lowering, definition: Cursor) -> Facts:
    """Return the facts of a function, computed once."""
    key = definition.canonical
    found = low.world.facts.get(key)
    if found is None:
        found = low.world.facts[key] = facts_of(low.world.unit, definition)
        if found.checks:
            # Only those of the specification's own files are registered, before any is lowered.
            span = low.world.unit.span(found.checks[0])
            raise reject(span, "a CHECK outside of the specification's own files", "move it into an ACTOR")
    return found


def _refuse_no_value(low: Lowering, definition: Cursor, body: Cursor) -> None:
    """Raise InputError where a function with a result may end without one; compilers only warn of it."""
    if isinstance(low.world.types.of(definition.result_type), Void):
        return
    bare = low.frame.facts.bare_return
    if bare is not None or alive(low.graph):
        span = low.world.unit.span(bare) if bare is not None else low.world.unit.end_span(body)
        what = f"'{definition.spelling}' may end here without returning a value"
        raise reject(span, what, "return one on every path, or end the path with BUG()")


def _refuse_recursion(low: Lowering, name: str, span: Span) -> None:
    chain = [name]
    frame: Frame | None = low.frame
    while frame is not None:
        chain.append(frame.function)
        if frame.function == name and frame.caller is not None:
            cycle = " -> ".join(reversed(chain))
            raise reject(span, f"recursion: {cycle}", "write it as a loop, or unroll it")
        frame = frame.caller


def _bind(low: Lowering, parameter: Cursor, value: Value, span: Span) -> None:
    """Bind a parameter: to its argument's term where neither can change during the call, else to a new local."""
    frame, key = low.frame, parameter.canonical
    changes = key in frame.facts.assigned or key in frame.facts.escaping
    if isinstance(value, Pointer):
        if key in frame.facts.escaping:
            raise unresolved(span)
        frame.targets[key] = value
        frame.variables[key] = PointerVariable(parameter.spelling) if changes else value
        return
    if not isinstance(value, Number):
        raise reject(span, "an argument without a value", "pass one")
    names = {s.name for s in symbols((value.term,))}
    if changes or names & low.escaping or any(n in low.world.ghosts for n in names):
        local = new_local(low, parameter.spelling or "argument", value.type)
        if key in frame.facts.escaping:
            low.escaping.add(local.local)
        assign(low, local, value.term, span)
        frame.variables[key] = local
    else:
        frame.variables[key] = value


def _returned(low: Lowering, frame: Frame, kind: ClangType, span: Span) -> Value:
    if isinstance(low.world.types.of(kind), Void):
        return Nothing()
    if frame.result is not None:
        return Number(variable_term(frame.result), frame.result.type)
    if not frame.returned:
        return _never_returned(low, kind, span)
    first = frame.returned[0]
    if any(v != first for v in frame.returned):
        raise reject(
            span, f"a pointer that cannot be resolved: '{frame.function}' returns different ones", UNRESOLVED_ADVICE
        )
    return first


def _never_returned(low: Lowering, kind: ClangType, span: Span) -> Value:
    if alive(low.graph):
        raise reject(span, "a function that ends without returning a value", "return one on every path")
    ctype = low.world.types.of(kind)
    if isinstance(ctype, PointerType):
        return Pointer(Null())
    target = scalar(low, kind, span)
    return Number(const(0, value_width(target)), target)
