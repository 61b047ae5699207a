"""Resolve names and expressions in the consumer's code: to a client, a model on it, one of its methods, a constant.

Read without running: every binding of a name in its scope counts, whatever the order. A name that is bound to something
else too may still be ours; a call is judged only where what it calls is ours beyond doubt.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .sources import CalledPackage, Sources
from .surface import Meaning, Surface, called

#: Stands for a value that only a run would tell.
UNKNOWN: Any = object()
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


@dataclass(frozen=True, slots=True)
class Binding:
    """Something that a name is bound to: an expression, an import, a definition, or an annotation. `scope` is where
    that stands, if it is not where the name is bound."""

    node: ast.AST
    kind: str
    module: str = ""
    name: str = ""
    level: int = 0
    scope: Scope | None = None


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function, with what is bound in it. Of a class `attributes` are those of `self`."""

    path: Path
    parent: Scope | None
    is_class: bool = False
    names: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    attributes: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])

    def bind(self, name: str, binding: Binding) -> None:
        self.names.setdefault(name, []).append(binding)

    def find(self, name: str) -> tuple[Scope, list[Binding]] | None:
        """The scope that binds the name, as seen from here: functions do not see the names of a class around them."""
        scope: Scope | None = self
        while scope:
            if name in scope.names and (scope is self or not scope.is_class):
                return scope, scope.names[name]
            scope = scope.parent
        return None

    @property
    def owner(self) -> Scope | None:
        """The class around."""
        scope: Scope | None = self
        while scope and not scope.is_class:
            scope = scope.parent
        return scope


class NameTable:
    """The scopes of all sources, and the meanings of expressions in them."""

    def __init__(self, sources: Sources, package: CalledPackage, surface: Surface) -> None:
        self.surface = surface
        self._sources = sources
        self._package = package
        self._modules: dict[Path, Scope] = {}
        self.scope_of: dict[ast.AST, Scope] = {}
        self._asking: set[tuple[int, str]] = set()
        for path, tree in sources.trees.items():
            scope = self._modules[path] = Scope(path, None)
            self._enter(tree.body, scope)

    def kind(self, node: ast.AST, scope: Scope) -> Meaning | None:
        """Return the meaning of the expression; None if it has nothing to do with the package."""
        if isinstance(node, ast.Name):
            return self._kind_of_name(node.id, scope)
        if isinstance(node, ast.Attribute):
            owner = scope.owner
            if isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and owner:
                found = [
                    self._kind_of(binding, binding.scope or owner) for binding in owner.attributes.get(node.attr, ())
                ]
                found += [self._kind_of(binding, owner) for binding in owner.names.get(node.attr, ())]
                return next(filter(None, found), None)
            base = self.kind(node.value, scope)
            return self.surface.attribute(base, node.attr) if base else self._kind_of_path(node, scope)
        if isinstance(node, ast.Call):
            base = self.kind(node.func, scope)
            return called(base) if base else None
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.kind(node.value, scope)
        if isinstance(node, ast.IfExp):
            return self.kind(node.body, scope) or self.kind(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            return next(filter(None, (self.kind(value, scope) for value in node.values)), None)
        return None

    def value(self, node: ast.AST, scope: Scope) -> Any:
        """Return the value of a literal, or of a name that is bound to a literal once; else UNKNOWN."""
        try:
            return ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            pass
        if not isinstance(node, ast.Name):
            return UNKNOWN
        found = scope.find(node.id)
        if not found or len(found[1]) != 1:
            return UNKNOWN
        binding = found[1][0]
        with_it = binding, found[0]
        if binding.kind == "import":
            path = self._sources.module(found[0].path, binding.module, binding.level)
            inner = self._modules.get(path) if path else None
            there = inner.names.get(binding.name, []) if inner else []
            if inner is None or len(there) != 1:
                return UNKNOWN
            with_it = there[0], inner
        if with_it[0].kind != "value":
            return UNKNOWN
        try:
            value = ast.literal_eval(with_it[0].node)
        except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
            return UNKNOWN
        # A list or dict may have been changed after it was bound.
        return value if isinstance(value, (str, int, float, bool, bytes, type(None))) else UNKNOWN

    def _kind_of_name(self, name: str, scope: Scope) -> Meaning | None:
        found = scope.find(name)
        if not found:
            return None
        asked = id(found[0]), name
        if asked in self._asking:
            return None
        self._asking.add(asked)
        try:
            return next(filter(None, (self._kind_of(binding, found[0]) for binding in found[1])), None)
        finally:
            self._asking.discard(asked)

    def _kind_of_path(self, node: ast.Attribute, scope: Scope) -> Meaning | None:
        """`acme.vendored.pictures` after `import acme.vendored.pictures`."""
        parts = [node.attr]
        inner: ast.AST = node.value
        while isinstance(inner, ast.Attribute):
            parts.append(inner.attr)
            inner = inner.value
        found = scope.find(inner.id) if isinstance(inner, ast.Name) else None
        if not found or not isinstance(inner, ast.Name) or not any(each.kind == "import" for each in found[1]):
            return None
        path = ".".join([inner.id, *reversed(parts)])
        inside = self._package.inside(scope.path, path, 0, self._sources.folders)
        return Meaning("module", inside) if inside is not None else None

    def _kind_of(self, binding: Binding, scope: Scope) -> Meaning | None:
        if binding.kind == "import":
            return self._imported(binding, scope)
        if binding.kind in ("annotation", "maker"):
            is_client = self._names_client(binding.node, scope)
            return Meaning("client" if binding.kind == "annotation" else "maker") if is_client else None
        return self.kind(binding.node, scope) if binding.kind == "value" else None

    def _imported(self, binding: Binding, scope: Scope) -> Meaning | None:
        inside = self._package.inside(scope.path, binding.module, binding.level, self._sources.folders)
        if inside is not None:
            return self.surface.exported(inside, binding.name) if binding.name else Meaning("module", inside)
        if binding.name:
            whole = f"{binding.module}.{binding.name}" if binding.module else binding.name
            inside = self._package.inside(scope.path, whole, binding.level, self._sources.folders)
            if inside is not None:
                return Meaning("module", inside)
            path = self._sources.module(scope.path, binding.module, binding.level)
            module = self._modules.get(path) if path else None
            return self._kind_of_name(binding.name, module) if module and module is not scope else None
        return None

    def _names_client(self, node: ast.AST, scope: Scope) -> bool:
        """Return whether an annotation names a client class: plain, quoted, in a union or as the item of an iterator."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                node = ast.parse(node.value, mode="eval").body
            except (SyntaxError, ValueError):
                return False
        for inner in ast.walk(node):
            if isinstance(inner, (ast.Name, ast.Attribute)):
                kind = self.kind(inner, scope)
                if kind and kind.what == "class" and kind.name in self.surface.clients:
                    return True
        return False

    def _enter(self, body: Sequence[ast.AST], scope: Scope) -> None:
        for node in body:
            self._take(node, scope)

    def _take(self, node: ast.AST, scope: Scope) -> None:
        """Binds what the node binds, and goes on inside."""
        self.scope_of[node] = scope
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)):
            self._define(node, scope)
            return
        for target, binding in _bindings(node):
            self._assign(target, binding, scope)
        for child in ast.iter_child_nodes(node):
            self._take(child, scope)

    def _assign(self, target: ast.AST | str, binding: Binding, scope: Scope) -> None:
        if isinstance(target, str):
            scope.bind(target, binding)
        elif isinstance(target, ast.Name):
            scope.bind(target.id, binding)
        elif isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
            if scope.owner:
                scope.owner.attributes.setdefault(target.attr, []).append(replace(binding, scope=scope))
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = binding.node.elts if isinstance(binding.node, (ast.Tuple, ast.List)) else []
            for index, inner in enumerate(target.elts):
                fits = binding.kind == "value" and len(values) == len(target.elts)
                self._assign(inner, Binding(values[index], "value") if fits else Binding(target, "other"), scope)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, Binding(target, "other"), scope)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef, scope: Scope) -> None:
        inner = Scope(scope.path, scope, is_class=isinstance(node, ast.ClassDef))
        if isinstance(node, ast.ClassDef):
            scope.bind(node.name, Binding(node, "other"))
            for outside in (*node.decorator_list, *node.bases, *node.keywords):
                self._take(outside, scope)
            self._enter(node.body, inner)
            return
        if not isinstance(node, ast.Lambda):
            is_maker = node.returns is not None
            scope.bind(node.name, Binding(node.returns or node, "maker" if is_maker else "other"))
            for outside in (*node.decorator_list, *filter(None, [node.returns])):
                self._take(outside, scope)
        arguments = node.args
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            self._take(default, scope)
        every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        every += [each for each in (arguments.vararg, arguments.kwarg) if each]
        for argument in every:
            note = argument.annotation
            inner.bind(argument.arg, Binding(note, "annotation") if note else Binding(argument, "other"))
            if note:
                self._take(note, scope)
        self._enter(node.body if isinstance(node.body, list) else [node.body], inner)


def _bindings(node: ast.AST) -> Iterator[tuple[ast.AST | str, Binding]]:
    """Yield the names that a statement or expression binds in its scope."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if alias.asname:
                yield alias.asname, Binding(node, "import", alias.name)
            else:
                yield alias.name.partition(".")[0], Binding(node, "import", alias.name.partition(".")[0])
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, Binding(node, "import", node.module or "", alias.name, node.level)
    elif isinstance(node, ast.Assign):
        for target in node.targets:
            yield target, Binding(node.value, "value")
    elif isinstance(node, ast.AnnAssign):
        yield node.target, Binding(node.annotation, "annotation")
        if node.value:
            yield node.target, Binding(node.value, "value")
    elif isinstance(node, (ast.NamedExpr, ast.AugAssign)):
        yield node.target, Binding(node.value, "value" if isinstance(node, ast.NamedExpr) else "other")
    elif isinstance(node, ast.withitem) and node.optional_vars:
        yield node.optional_vars, Binding(node.context_expr, "value")
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield node.target, Binding(node, "other")
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name, Binding(node, "other")
