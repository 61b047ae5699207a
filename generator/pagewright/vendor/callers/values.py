"""Find the values that an expression in the consumer's code can have, without running it.

Literals, constants (also of other modules that were read), loops over them, defaults of arguments, `Literal`, enums and
simple operations are followed. For anything else the reason why the value is not known is given.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterable, Sized
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, cast

from ...specs.values import is_list, is_mapping
from .naming import NameTable
from .operations import FUNCTIONS, METHODS, OPERATORS
from .scopes import Binding, Place, Scope, place_of

#: More values of one expression than these are not judged.
MOST_VALUES = 256
_LONGEST = 10_000


#: What a loop can go through only once.
_ONCE: tuple[type[Any], ...] = (enumerate, zip, reversed)
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum"})


@dataclass(frozen=True, slots=True)
class Possible:
    """The values that an expression can have. `why` says why it may have others, too; empty if these are all. Unless it is
    `certain`, one of these values may never occur."""

    values: tuple[Any, ...] = ()
    why: str = ""
    certain: bool = True

    @property
    def single(self) -> bool:
        return len(self.values) == 1 and not self.why


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of an enum, which is equal to its value only if the enum is one of `int` or `str`."""

    name: str
    value: Any
    is_value: bool


class Values:
    """The values of expressions in the sources."""

    def __init__(self, names: NameTable) -> None:
        self._names = names
        self._asking: set[tuple[int, str]] = set()
        #: The expressions behind the aliases of types that are being followed: two may be aliases of each other.
        self._aliases: list[ast.AST] = []

    def of(self, node: ast.AST, scope: Scope) -> Possible:
        """Return the possible values of the expression `node` in `scope`."""
        found = self._of(node, scope)
        plain = [each for each in found.values if isinstance(each, _Member) and not each.is_value]
        values = tuple(each.value if isinstance(each, _Member) else each for each in found.values if each not in plain)
        why = found.why or (f"{plain[0].name} is a member of an enum" if plain else "")
        return replace(found, values=values, why=why)

    def _of(self, node: ast.AST, scope: Scope) -> Possible:
        if isinstance(node, ast.Constant):
            return Possible((node.value,))
        if isinstance(node, ast.Name):
            return self._of_name(node.id, scope, place_of(node))
        if isinstance(node, ast.Attribute):
            return self._of_attribute(node, scope)
        if isinstance(node, (ast.Tuple, ast.List, ast.Set, ast.Dict)):
            return self._of_container(node, scope)
        if isinstance(node, ast.IfExp):
            return _union([self._of(node.body, scope), self._of(node.orelse, scope)])
        if isinstance(node, ast.BoolOp):
            return _union([self._of(value, scope) for value in node.values], certain=False)
        if isinstance(node, ast.NamedExpr):
            return self._of(node.value, scope)
        if isinstance(node, ast.UnaryOp) and type(node.op) in OPERATORS:
            return self._combined(node, OPERATORS[type(node.op)], [self._of(node.operand, scope)])
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            sides = [self._of(node.left, scope), self._of(node.right, scope)]
            return self._combined(node, OPERATORS[type(node.op)], sides)
        if isinstance(node, ast.Subscript):
            return self._of_item(node, scope)
        if isinstance(node, ast.Call):
            return self._of_call(node, scope)
        return _unknown(node)

    def _of_name(self, name: str, scope: Scope, at: Place | None = None) -> Possible:
        """Return the values of a name where it stands `at`."""
        found = self._names.find(name, scope)
        if not found:
            return Possible(why=f"{name} is not defined in the files that were read")
        place, bindings = found
        if at and place is scope:
            bindings = _of_the_loop(bindings, at)
        return self._of_bindings(name, bindings, place)

    def _of_bindings(self, name: str, bindings: Iterable[Binding], scope: Scope) -> Possible:
        asked = id(scope), name
        if asked in self._asking:
            return Possible(why=f"{name} depends on itself")
        self._asking.add(asked)
        try:
            return self._of_any(name, list(bindings), scope)
        finally:
            self._asking.discard(asked)

    def _of_any(self, name: str, every: list[Binding], scope: Scope) -> Possible:
        # `N: int = 4` declares a type besides.
        given = [each for each in every if each.kind != "annotation" or each.function] or every
        found = [self._of_binding(name, each, each.scope or scope) for each in given]
        if len(found) == 1:
            return found[0]
        result = _union(found, certain=False)
        return replace(result, why=result.why and f"{name} is assigned more than once, and {result.why}")

    def _of_binding(self, name: str, binding: Binding, scope: Scope) -> Possible:
        if binding.kind == "value":
            found = self._of(binding.node, scope)
            changes = any(isinstance(each, (list, dict, set)) for each in found.values)
            if changes and name in self._names.changed(scope.path):
                return replace(found, why=f"{name} is changed after it was assigned")
            return found
        if binding.kind == "item":
            return self._of_loop(name, binding, scope)
        if binding.kind == "import":
            return self._of_import(name, binding, scope)
        if binding.function:
            return self._of_argument(name, binding, scope)
        if binding.kind == "annotation":
            return self._of_annotation(binding.node, scope) or Possible(why=f"{name} has no value where it is declared")
        return Possible(why=f"the value of {name} is known only when it runs")

    def _of_argument(self, name: str, binding: Binding, scope: Scope) -> Possible:
        owner = f"{name} is an argument of {binding.function}()"
        if binding.kind == "annotation":
            known = self._of_annotation(binding.node, scope)
            if known:
                return known
        if binding.default is None:
            return Possible(why=owner)
        default = self._of(binding.default, scope.parent or scope)
        more = "" if default.why or not default.values else ", of which only the default was judged"
        return replace(default, why=f"{owner}{more}")

    def _of_annotation(self, node: ast.AST, scope: Scope) -> Possible | None:
        """Return the values that an annotation allows: those of a `Literal`, an enum or a `bool`."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return None
        if isinstance(node, ast.Name) and node.id == "bool":
            return Possible((True, False))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            sides = [self._of_annotation(side, scope) for side in (node.left, node.right)]
            return _union([side for side in sides if side]) if all(sides) else None
        if isinstance(node, ast.Subscript) and _last_name(node.value) == "Literal":
            items = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            return _union([self._of(item, scope) for item in items])
        if isinstance(node, (ast.Name, ast.Attribute)):
            found = self._names.definition(node, scope)
            if found:
                return self._members(found)
            alias = self._names.assigned(node, scope)
            if not alias or alias[0] in self._aliases:
                return None
            self._aliases.append(alias[0])
            try:
                return self._of_annotation(*alias)
            finally:
                self._aliases.pop()
        return None

    def _of_loop(self, name: str, binding: Binding, scope: Scope) -> Possible:
        items = self._items(binding.node, scope)
        values: list[Any] = []
        for item in items.values:
            for index in binding.index:
                if not is_list(item) or index >= len(item):
                    return Possible(why=f"the value of {name} is known only when it runs")
                item = item[index]
            values.append(item)
        return replace(items, values=_distinct(values))

    def _items(self, node: ast.AST, scope: Scope) -> Possible:
        """Return what a loop over `node` goes through."""
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            return _union(
                [
                    self._items(each.value, scope) if isinstance(each, ast.Starred) else self._of(each, scope)
                    for each in node.elts
                ]
            )
        if isinstance(node, (ast.Name, ast.Attribute)):
            found = self._names.definition(node, scope)
            if isinstance(found, ast.ClassDef):
                return self._members(found) or _unknown(node)
        found_values = self._of(node, scope)
        values: list[Any] = []
        for value in found_values.values:
            if not isinstance(value, (tuple, list, dict, set, frozenset, str, range)):
                return _unknown(node)
            values += list(cast("Iterable[Any]", value))[: MOST_VALUES + 1]
        return replace(found_values, values=_distinct(values))

    def _of_import(self, name: str, binding: Binding, scope: Scope) -> Possible:
        there = self._names.imported(binding, scope)
        if there is None:
            return Possible(why=f"{name} is imported from {binding.module or '.'}, which was not read")
        return self._of_name(binding.name, there)

    def _of_attribute(self, node: ast.Attribute, scope: Scope) -> Possible:
        owner = scope.owner
        if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and owner:
            bindings = [*owner.attributes.get(node.attr, ()), *owner.names.get(node.attr, ())]
            return self._of_bindings(f"{node.value.id}.{node.attr}", bindings, owner) if bindings else _unknown(node)
        if node.attr in ("value", "name"):
            inner = self._of(node.value, scope)
            if inner.values and all(isinstance(each, _Member) for each in inner.values):
                take = operator.attrgetter(node.attr)
                return replace(inner, values=tuple(take(each) for each in inner.values))
        definition = self._names.definition(node.value, scope)
        if isinstance(definition, ast.ClassDef):
            members = self._members(definition)
            if members:
                fitting = tuple(each for each in members.values if each.name == f"{definition.name}.{node.attr}")
                return Possible(fitting) if fitting else _unknown(node)
            return self._of_name(node.attr, self._names.inside(definition))
        module = self._names.module_of(node.value, scope)
        return self._of_name(node.attr, module) if module else _unknown(node)

    def _members(self, definition: ast.ClassDef) -> Possible | None:
        """Return the members of a class that is an enum."""
        bases = {_last_name(base) for base in definition.bases}
        if not bases & _ENUMS:
            return None
        scope = self._names.inside(definition)
        is_value = bool(bases & {"IntEnum", "StrEnum", "int", "str"})
        members: list[_Member] = []
        for statement in definition.body:
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
                value = self._of(statement.value, scope)
                if not value.single:
                    return Possible(why=f"{definition.name} has a member whose value is known only when it runs")
                members.append(_Member(f"{definition.name}.{statement.targets[0].id}", value.values[0], is_value))
        return Possible(tuple(members))

    def _of_container(self, node: ast.Tuple | ast.List | ast.Set | ast.Dict, scope: Scope) -> Possible:
        if isinstance(node, ast.Dict):
            if any(key is None for key in node.keys):
                return _unknown(node)
            keys = [self._of(key, scope) for key in node.keys if key]
            values = [self._of(value, scope) for value in node.values]
            if not all(each.single for each in (*keys, *values)):
                return _unknown(node)
            return _tried(node, lambda: {k.values[0]: v.values[0] for k, v in zip(keys, values, strict=True)})
        items = [self._of(each, scope) for each in node.elts]
        if not all(each.single for each in items):
            return _unknown(node)
        kind = {ast.Tuple: tuple, ast.List: list, ast.Set: set}[type(node)]
        return _tried(node, lambda: kind(each.values[0] for each in items))

    def _of_item(self, node: ast.Subscript, scope: Scope) -> Possible:
        base, index = self._of(node.value, scope), self._of(node.slice, scope)
        if base.values and all(isinstance(each, (dict, list, tuple)) for each in base.values):
            if index.single:
                return self._combined(node, operator.getitem, [base, index])
            if base.single:
                owner = base.values[0]
                all_values: Iterable[Any] = owner.values() if is_mapping(owner) else owner
                return replace(Possible(_distinct(all_values)), certain=False)
        return _unknown(node)

    def _of_call(self, node: ast.Call, scope: Scope) -> Possible:
        if node.keywords or any(isinstance(each, ast.Starred) for each in node.args):
            return _unknown(node)
        arguments = [self._of(each, scope) for each in node.args]
        if isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not self._names.find(node.func.id, scope):
            return self._combined(node, FUNCTIONS[node.func.id], arguments)
        if isinstance(node.func, ast.Attribute):
            base = self._of(node.func.value, scope)
            name = node.func.attr
            if base.values and all(name in _methods_of(each) for each in base.values):
                return self._combined(node, partial(_called, name), [base, *arguments])
        return _unknown(node)

    def _combined(self, node: ast.AST, function: Callable[..., Any], parts: list[Possible]) -> Possible:
        """Return the result of a pure function of these values; of one of them there may be several."""
        if not all(part.values for part in parts) or sum(len(part.values) > 1 for part in parts) > 1:
            return _unknown(node, *(part.why for part in parts if not part.values))
        longest = max((len(part.values) for part in parts), default=1)
        rows = [[part.values[number % len(part.values)] for part in parts] for number in range(longest)]
        if any(_is_large(each) for row in rows for each in row):
            return _unknown(node)
        found = [_tried(node, partial(_result, function, row)) for row in rows]
        whys = [part.why for part in parts if part.why]
        result = _union(found, certain=all(part.certain for part in parts))
        return replace(result, why=result.why or "".join(whys[:1]))


def _of_the_loop(bindings: list[Binding], at: Place) -> list[Binding]:
    """Return the only binding that counts at a place in a loop: that of the innermost loop over the name, unless the loop
    assigns the name in another way, too."""
    around = [each for each in bindings if each.span and each.span[0] <= at <= each.span[1]]
    if not around:
        return bindings
    innermost = max(around, key=lambda each: each.span or (at, at))
    start, end = innermost.span or (at, at)
    others = [each for each in bindings if each is not innermost and start <= each.start <= end]
    return bindings if others else [innermost]


def _methods_of(value: object) -> frozenset[str]:
    return METHODS.get(type(value), frozenset())


def _called(method: str, owner: Any, *arguments: Any) -> Any:
    return getattr(owner, method)(*arguments)


def _is_large(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return abs(value) > 1e18
    return (
        isinstance(value, (str, bytes, list, tuple, dict, set, frozenset, range))
        and len(cast("Sized", value)) > _LONGEST
    )


def _result(function: Callable[..., Any], arguments: Iterable[Any]) -> Any:
    return _listed(function(*arguments))


def _listed(value: Any) -> Any:
    """Return what a loop can go through more than once, and refuse what is too long."""
    if isinstance(value, range) and len(value) > _LONGEST:
        raise ValueError("too long")
    listed = isinstance(value, _ONCE) or type(value).__name__ in (
        "dict_items",
        "dict_keys",
        "dict_values",
        "list_reverseiterator",
        "range_iterator",
    )
    return tuple(value) if listed else value


def _tried(node: ast.AST, function: Callable[[], Any]) -> Possible:
    try:
        return Possible((function(),))
    except Exception:  # whatever the consumer's expression raises, it has no value
        return _unknown(node)


def _union(found: list[Possible], *, certain: bool = True) -> Possible:
    values = _distinct(value for each in found for value in each.values)
    why = next((each.why for each in found if each.why), "")
    return Possible(values, why, certain and all(each.certain for each in found))


def _distinct(values: Iterable[Any]) -> tuple[Any, ...]:
    """Return the values without repetitions; 1, 1.0 and True are three."""
    return tuple({(type(value).__name__, repr(value)): value for value in values}.values())


def _unknown(node: ast.AST, *reasons: str) -> Possible:
    text = ast.unparse(node)
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return Possible(why=next(iter(reasons), "") or f"the value of {shown} is known only when it runs")


def _last_name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
