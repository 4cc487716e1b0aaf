"""Statements to control flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from verify.frontend.access import scalar
from verify.frontend.assignment import bind_pointer, ledger_value
from verify.frontend.clang_unit import (
    LOGICAL_NOT,
    Cursor,
    Kind,
    children,
    evaluate_int,
    initializer,
    unary_operator,
    walk,
)
from verify.frontend.conditional import condition
from verify.frontend.ctype import Blob, Integer, PointerType, Token, varies
from verify.frontend.expr import discard
from verify.frontend.for_parts import for_parts
from verify.frontend.graph import Label, alive, branch, emit, jump, place, revive
from verify.frontend.initialise import slices
from verify.frontend.one_step import refuse_merged
from verify.frontend.operands import integer, literal
from verify.frontend.state import Lowering, Target, assign, deeper, flush, new_local
from verify.frontend.values import Nothing, Number, PointerVariable, Private, Value
from verify.frontend.words import ATOMICALLY, begin, draw, is_draw
from verify.program.errors import InputError, reject
from verify.program.program import Stop
from verify.term.build import eq
from verify.term.source import Span

_Rule = Callable[[Lowering, Cursor, Span], None]
_LABELS: Final = (Kind.LABEL_STMT, Kind.CASE_STMT, Kind.DEFAULT_STMT)
_DECLARATIONS: Final = (
    Kind.STRUCT_DECL,
    Kind.UNION_DECL,
    Kind.ENUM_DECL,
    Kind.FUNCTION_DECL,
    Kind.STATIC_ASSERT,
    Kind.UNEXPOSED_DECL,
    Kind.UNEXPOSED_ATTR,
)


def statement(low: Lowering, c: Cursor) -> None:
    """Lower a statement. One that cannot be reached is not looked at, unless it has a label or declares something."""
    if not alive(low.graph) and c.kind != Kind.DECL_STMT and not any(s.kind in _LABELS for s in walk(c)):
        return
    span = low.world.unit.span(c)
    deeper(low, span)
    rule = _RULES.get(c.kind)
    if rule is not None:
        rule(low, c, span)
    elif c.kind.is_expression():
        discard(low, c)
        flush(low)
    else:
        raise reject(span, f"a statement that cannot be verified ({c.kind.name.lower()})", "write it in plain C")
    low.depth -= 1


def _compound(low: Lowering, c: Cursor, _span: Span) -> None:
    for s in children(c):
        statement(low, s)


def _null(_low: Lowering, _c: Cursor, _span: Span) -> None:
    return


def _declarations(low: Lowering, c: Cursor, span: Span) -> None:
    for d in children(c):
        if d.kind == Kind.VAR_DECL:
            declare(low, d, low.world.unit.span(d))
        elif d.kind == Kind.TYPEDEF_DECL and varies(d.type):
            raise reject(span, "an array whose size is not constant", "use a constant size")
        elif d.kind not in (*_DECLARATIONS, Kind.TYPEDEF_DECL):
            raise reject(span, f"a declaration that cannot be verified ({d.kind.name.lower()})", "write it in plain C")


def declare(low: Lowering, d: Cursor, span: Span) -> None:
    """Lower the declaration of a variable inside a function."""
    if d.canonical in low.world.globals:
        return
    if d.storage_class.name in ("STATIC", "EXTERN"):
        raise reject(span, f"'{d.spelling}' is shared memory declared inside a function", "declare it at file scope")
    kind = low.world.types.of(d.type)
    key, init, frame = d.canonical, initializer(d), low.frame
    if isinstance(kind, PointerType):
        frame.variables[key] = PointerVariable(d.spelling)
        if key in frame.facts.escaping:
            raise reject(span, f"the address of the pointer '{d.spelling}'", "name the object instead")
        if init is not None:
            # A loop may come by here again: the target must be the same then.
            bind_pointer(low, d.canonical, low.rvalue(low, init), span)
        return
    variable = scalar(low, d.type, span)
    already = frame.variables.get(key)
    local = already if isinstance(already, Private) else new_local(low, d.spelling, variable)
    frame.variables[key] = local
    if key in frame.facts.escaping:
        low.escaping.add(local.local)
    if init is not None:
        _initialise(low, local, init, variable, span)


def _initialise(low: Lowering, local: Private, init: Cursor, kind: Integer | Token | Blob, span: Span) -> None:
    call = is_draw(low, init)
    if call is not None:
        draw(low, call, local, kind)
    elif init.kind == Kind.INIT_LIST_EXPR:
        assign(low, local, slices(low, init, kind, span), span)
    else:
        value = ledger_value(low, init, into_ghost=False)
        if not isinstance(value, Number) or value.type != kind:
            raise reject(span, "an initialiser that cannot be verified", "initialise it with an integer expression")
        assign(low, local, value.term, span)


def _if(low: Lowering, c: Cursor, span: Span) -> None:
    test, then, *rest = children(c)
    if _is_atomically(test):
        _atomically(low, rest[0], span)
        return
    yes, no, end = Label(), Label(), Label()
    condition(low, test, yes, no)
    place(low.graph, yes)
    statement(low, then)
    jump(low.graph, end, span)
    place(low.graph, no)
    if rest:
        statement(low, rest[0])
    place(low.graph, end)


def _is_atomically(test: Cursor) -> bool:
    if test.kind != Kind.UNARY_OPERATOR or unary_operator(test) != LOGICAL_NOT:
        return False
    inner = children(test)[0]
    return bool(inner.kind == Kind.CALL_EXPR and inner.spelling == ATOMICALLY)


def _atomically(low: Lowering, body: Cursor, span: Span) -> None:
    outer, frame = low.atomic, low.atomic_frame
    if not outer and low.role.is_actor:
        begin(low, "ATOMICALLY", span)
    start = len(low.graph.nodes)
    statement(low, body)
    if low.atomic and not outer:
        refuse_merged(low, start, span.file)
    low.atomic, low.atomic_frame = outer, frame


def _loop(
    low: Lowering, test: Cursor | None, body: Cursor, step: Cursor | None, span: Span, *, test_first: bool
) -> None:
    head, again, end = Label(), Label(), Label()
    place(low.graph, head)
    revive(low.graph, span)
    if test_first and test is not None:
        inside = Label()
        _outside(low, lambda: condition(low, test, inside, end))
        place(low.graph, inside)
    low.frame.breaks.append(end)
    low.frame.continues.append(again)
    statement(low, body)
    low.frame.breaks.pop()
    low.frame.continues.pop()
    place(low.graph, again)
    if step is not None and alive(low.graph):
        _outside(low, lambda: discard(low, step))
        flush(low)
    if test_first or test is None:
        jump(low.graph, head, span)
    elif alive(low.graph):
        _outside(low, lambda: condition(low, test, head, end))
    place(low.graph, end)


def _outside(low: Lowering, lower: Callable[[], None]) -> None:
    """Lower a part of a loop's head: compilers disagree about the loop that a break or continue there belongs to."""
    frame = low.frame
    loops, frame.breaks, frame.continues = (frame.breaks, frame.continues), [], []
    lower()
    frame.breaks, frame.continues = loops


def _while(low: Lowering, c: Cursor, span: Span) -> None:
    test, body = children(c)
    _loop(low, test, body, None, span, test_first=True)


def _do(low: Lowering, c: Cursor, span: Span) -> None:
    body, test = children(c)
    _loop(low, test, body, None, span, test_first=False)


def _for(low: Lowering, c: Cursor, span: Span) -> None:
    init, test, step, body = for_parts(low.world.unit, c)
    if init is not None:
        statement(low, init)
    _loop(low, test, body, step, span, test_first=True)


def _switch(low: Lowering, c: Cursor, span: Span) -> None:
    value, body = children(c)
    term, kind = integer(low, value)
    flush(low)
    end = Label()
    default = end
    for case in _cases(body):
        target = low.frame.cases[case] = Target(sources=[low.atomic])
        label = target.label
        where = low.world.unit.span(case)
        if case.kind == Kind.DEFAULT_STMT:
            default = label
            continue
        parts = children(case)
        if len(parts) != 2:
            raise reject(where, "a range of cases", "write one case per value, or an if")
        number = evaluate_int(parts[0])
        if number is None:
            raise reject(where, "a case that is not constant", "use a constant")
        following = Label()
        branch(low.graph, eq(term, literal(number, kind, where).term), label, following, where)
        place(low.graph, following)
    jump(low.graph, default, span)
    low.frame.breaks.append(end)
    statement(low, body)
    low.frame.breaks.pop()
    place(low.graph, end)


def _cases(c: Cursor) -> list[Cursor]:
    """Return the labels that belong to a switch with this body, in order; not those of a switch inside."""
    found = []
    stack = [c]
    while stack:
        top = stack.pop()
        if top.kind in (Kind.CASE_STMT, Kind.DEFAULT_STMT):
            found.append(top)
        if top.kind != Kind.SWITCH_STMT:
            stack.extend(reversed(children(top)))
    return found


def _case(low: Lowering, c: Cursor, span: Span) -> None:
    found = low.frame.cases.get(c)
    if found is None:
        raise reject(span, "a case label that belongs to no switch seen", "do not jump into a loop")
    if low.atomic and low.atomic not in found.sources:
        raise _into_block(span)
    place(low.graph, found.label)
    statement(low, children(c)[-1])


def _break(low: Lowering, _c: Cursor, span: Span) -> None:
    _leave(low, low.frame.breaks, span)


def _continue(low: Lowering, _c: Cursor, span: Span) -> None:
    _leave(low, low.frame.continues, span)


def _leave(low: Lowering, targets: list[Label], span: Span) -> None:
    if not targets:
        raise reject(span, "a break or continue in the head of a loop", "compilers differ; write it in the body")
    jump(low.graph, targets[-1], span)


def _label(low: Lowering, c: Cursor, span: Span) -> None:
    found = low.frame.labels.setdefault(c.hash, Target())
    if found.placed:
        raise reject(span, "two labels that libclang does not tell apart", "rename one of them")
    found.placed, found.atomic = True, low.atomic
    if low.atomic and any(a != low.atomic for a in found.sources):
        raise _into_block(span)
    place(low.graph, found.label)
    revive(low.graph, span)
    statement(low, children(c)[-1])


def _goto(low: Lowering, c: Cursor, span: Span) -> None:
    # Cursors of one label differ in their parent, so they are compared by what they hash.
    target = next((k.referenced for k in children(c) if k.kind == Kind.LABEL_REF), None)
    if target is None:
        raise reject(span, "a goto to an unknown label", "jump to a label of this function")
    found = low.frame.labels.setdefault(target.hash, Target())
    found.sources.append(low.atomic)
    if found.placed and found.atomic and found.atomic != low.atomic:
        raise _into_block(span)
    jump(low.graph, found.label, span)


def _into_block(span: Span) -> InputError:
    return reject(span, "a jump into an ATOMICALLY block", "begin the block at its beginning")


def _return(low: Lowering, c: Cursor, span: Span) -> None:
    frame, inner = low.frame, children(c)
    if inner:
        value: Value = low.rvalue(low, inner[0]) if low.judging else ledger_value(low, inner[0], into_ghost=False)
        flush(low)
        if isinstance(value, Number) and frame.facts.returns > 1:
            if frame.result is None:
                frame.result = new_local(low, f"{frame.function}()", value.type)
            assign(low, frame.result, value.term, span)
        elif not isinstance(value, Nothing):
            frame.returned.append(value)
    if frame.caller is None:
        flush(low)
        emit(low.graph, Stop(bug=False, span=span))
    else:
        jump(low.graph, frame.exit, span)


def _asm(_low: Lowering, _c: Cursor, span: Span) -> None:
    raise reject(span, "inline assembly", "use the kernel's atomic_* functions, or model it in the spec")


def _indirect_goto(_low: Lowering, _c: Cursor, span: Span) -> None:
    raise reject(span, "a computed goto", "use a switch")


_RULES: Final[Mapping[Kind, _Rule]] = MappingProxyType(
    {
        Kind.COMPOUND_STMT: _compound,
        Kind.NULL_STMT: _null,
        Kind.DECL_STMT: _declarations,
        Kind.IF_STMT: _if,
        Kind.WHILE_STMT: _while,
        Kind.DO_STMT: _do,
        Kind.FOR_STMT: _for,
        Kind.SWITCH_STMT: _switch,
        Kind.CASE_STMT: _case,
        Kind.DEFAULT_STMT: _case,
        Kind.BREAK_STMT: _break,
        Kind.CONTINUE_STMT: _continue,
        Kind.LABEL_STMT: _label,
        Kind.GOTO_STMT: _goto,
        Kind.RETURN_STMT: _return,
        Kind.ASM_STMT: _asm,
        Kind.MS_ASM_STMT: _asm,
        Kind.INDIRECT_GOTO_STMT: _indirect_goto,
    }
)
