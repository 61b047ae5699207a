"""Find the calls of models in a consumer's code, with their arguments."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .naming import NameTable, attribute_named
from .scopes import Scope
from .sources import Sources
from .surface import Meaning
from .values import Possible, Values


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument with its position and its possible values."""

    name: str
    value: Possible
    line: int
    column: int


@dataclass(slots=True)
class CallSite:
    """A call of a model. Exactly one of `model` (the name of the attribute) and `slug` says which.

    `arguments` are keywords of the model, or with `slug` names on the wire; `extra` are names given besides, unchecked.
    `open` says why there may be more arguments than can be seen; `positional` is how many more than allowed stand there
    without a keyword. `guess` says that it is taken for a call of ours by the model's name alone.
    """

    path: Path
    line: int
    column: int
    model: str = ""
    slug: str = ""
    arguments: list[Argument] = field(default_factory=list[Argument])
    extra: set[str] = field(default_factory=set[str])
    open: str = ""
    positional: int = 0
    guess: bool = False


@dataclass(frozen=True, slots=True)
class UndecidedCall:
    """An expression that may be such a call, and why that can't be decided without running it."""

    path: Path
    line: int
    column: int
    why: str


def find(sources: Sources, names: NameTable, models: Collection[str]) -> Iterator[CallSite | UndecidedCall]:
    """Yield every call of a model, in order. `models` are names of models: `anything.{model}.generate(…)` is taken as a call of
    ours even if nobody can tell what `anything` is."""
    values = Values(names)
    for path, tree in sources.trees.items():
        finder = _Finder(path, tree, names, values, models)
        found = [site for node in ast.walk(tree) if node in names.scope_of for site in finder.sites_or_doubt(node)]
        yield from sorted(found, key=lambda site: (site.line, site.column))


class _Finder:
    """Finds the calls in one file."""

    def __init__(self, path: Path, tree: ast.Module, names: NameTable, values: Values, models: Collection[str]) -> None:
        self._path = path
        self._names = names
        self._values = values
        self._models = models
        self._columns = _Columns(path)
        #: The expressions behind the names that are being followed: `OPTIONS = {**OPTIONS, "seed": 7}` has no end.
        self._followed_members: list[ast.AST] = []
        #: Expressions that are called or get a name, so that the calls by that name are found.
        self._followed: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                self._followed.add(node.func)
                if _is_partial(node):
                    self._followed.add(node.args[0])
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value:
                self._followed.add(node.value)

    def sites_or_doubt(self, node: ast.AST) -> list[CallSite | UndecidedCall]:
        """Return the calls that `node` is. One that leads through more names than can be followed is undecided."""
        try:
            return list(self.sites(node))
        except RecursionError:
            surface = self._names.surface
            function = node.func if isinstance(node, ast.Call) else None
            named = isinstance(function, ast.Attribute) and function.attr in surface.methods | surface.runners
            return [self._undecided(node, "its parts lead through too many other names")] if named else []

    def sites(self, node: ast.AST) -> Iterator[CallSite | UndecidedCall]:
        """Yield the calls that `node` is: one, or one for each model that it may call."""
        scope = self._names.scope_of[node]
        if isinstance(node, (ast.Attribute, ast.Name)) and node not in self._followed:
            kind = self._names.kind(node, scope)
            if kind and kind.what in ("method", "runner") and isinstance(node.ctx, ast.Load):
                yield self._undecided(node, f"{ast.unparse(node)} is handed on without being called")
        if not isinstance(node, ast.Call):
            return
        if isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args and not attribute_named(node):
            kind = self._names.kind(node.args[0], scope)
            if kind and kind.what in ("client", "model"):
                yield self._undecided(node, "the attribute is chosen when it runs")
                return
        later = _is_partial(node)
        function = node.args[0] if later else node.func
        positional = list(node.args[1:] if later else node.args)
        kind = self._names.kind(function, scope)
        guess = kind is None
        if kind is None and isinstance(function, ast.Attribute) and function.attr in self._names.surface.methods:
            owner = function.value
            if isinstance(owner, ast.Attribute) and owner.attr in self._models:
                kind = Meaning("method", owner.attr, function.attr)
        if kind is None and self._is_of_own_class(function, scope):
            why = f"{ast.unparse(function)} is a call of the class itself, which is made from one of the package"
            yield self._undecided(node, why)
        if kind is None or kind.what not in ("method", "runner"):
            return
        if kind.what == "method":
            yield self._call(node, positional, scope, model=kind.name, guess=guess, later=later)
            return
        slugs = self._values.of(positional.pop(0), scope) if positional else Possible(why="no slug is given")
        known = [slug for slug in slugs.values if isinstance(slug, str)]
        if slugs.why or not known or not slugs.certain:
            yield self._undecided(node, f"the slug given to {kind.name} is known only when it runs")
        if slugs.certain:
            for slug in known:
                yield self._call(node, positional, scope, slug=slug, guess=guess, later=later)

    def _is_of_own_class(self, function: ast.AST, scope: Scope) -> bool:
        """Return whether it is `self.generate` or such, in a class with a base from the package."""
        surface = self._names.surface
        return (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Name)
            and function.value.id in ("self", "cls")
            and function.attr in surface.methods | surface.runners
            and self._names.is_ours_by_base(scope)
        )

    def _undecided(self, node: ast.AST, why: str) -> UndecidedCall:
        return UndecidedCall(self._path, *self._columns.of(node), why)

    def _call(
        self,
        node: ast.Call,
        positional: list[ast.expr],
        scope: Scope,
        *,
        later: bool,
        guess: bool,
        model: str = "",
        slug: str = "",
    ) -> CallSite:
        call = CallSite(self._path, *self._columns.of(node), model=model, slug=slug, guess=guess)
        if later:
            call.open = "more arguments may be given when the partial is called"
        if any(isinstance(each, ast.Starred) for each in positional):
            call.open = "arguments come from *…"
        else:
            call.positional = len(positional)
        for keyword in node.keywords:
            self._take(call, keyword, scope)
        return call

    def _take(self, call: CallSite, keyword: ast.keyword, scope: Scope) -> None:
        surface = self._names.surface
        if keyword.arg is None:
            members = self._members(keyword.value, scope)
            if members is None:
                call.open = f"arguments come from **{ast.unparse(keyword.value)}"
                return
        elif call.model and keyword.arg in {*surface.options, surface.extra}:
            if keyword.arg == surface.extra:
                members = self._members(keyword.value, scope)
                if members is None:
                    call.open = "arguments come from extra_parameters"
                else:
                    call.extra |= {name for name, *_ in members}
            return
        else:
            members = [(keyword.arg, keyword.value, scope)]
        for name, node, place in members:
            # A value from elsewhere is reported where it is passed on.
            shown = node if place is scope else keyword.value
            line, column = self._columns.of(shown)
            call.arguments = [each for each in call.arguments if each.name != name]
            call.arguments.append(Argument(name, self._values.of(node, place), line, column))

    def _members(self, node: ast.AST, scope: Scope) -> list[tuple[str, ast.AST, Scope]] | None:
        """Return the members of `{"a": …}` or `dict(a=…)`, also of a name that stands for one; None if they can't be
        seen."""
        if isinstance(node, (ast.Name, ast.Attribute)):
            found = self._names.assigned(node, scope)
            name = node.attr if isinstance(node, ast.Attribute) else node.id
            changed = found and name in self._names.changed(found[1].path) | self._names.changed(scope.path)
            if not found or changed or found[0] in self._followed_members:
                return None
            self._followed_members.append(found[0])
            try:
                return self._members(*found)
            finally:
                self._followed_members.pop()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
            pairs: list[tuple[ast.AST | None, ast.AST]] = [
                (ast.Constant(each.arg) if each.arg else None, each.value) for each in node.keywords
            ]
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            pairs = [(None, node.left), (None, node.right)]
        elif isinstance(node, ast.Dict):
            pairs = list(zip(node.keys, node.values, strict=True))
        else:
            return None
        members: dict[str, tuple[str, ast.AST, Scope]] = {}
        for key, value in pairs:
            if key is None:
                inner = self._members(value, scope)
                if inner is None:
                    return None
                members |= {member[0]: member for member in inner}
                continue
            names = self._values.of(key, scope)
            if not names.single or not isinstance(names.values[0], str):
                return None
            members[names.values[0]] = (names.values[0], value, scope)
        return list(members.values())


def _is_partial(node: ast.Call) -> bool:
    """Return whether this is `functools.partial(function, …)`."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name == "partial" and bool(node.args) and not isinstance(node.args[0], ast.Starred)


class _Columns:
    """Places as people count them: columns in characters from 1, where `ast` has bytes from 0."""

    def __init__(self, path: Path) -> None:
        self._lines = path.read_bytes().split(b"\n")

    def of(self, node: ast.AST) -> tuple[int, int]:
        line: int = getattr(node, "lineno", 1)
        offset: int = getattr(node, "col_offset", 0)
        text = self._lines[line - 1][:offset] if line <= len(self._lines) else b""
        return line, len(text.decode("utf-8", "replace")) + 1
