"""Resolve names and expressions in the consumer's code: to a client, a model on it, one of its methods, a constant.

Read without running: every binding of a name in its scope counts, whatever the order. A name that is bound to something
else too may still be ours; a call is judged only where what it calls is ours beyond doubt.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from .scopes import Binding, Scope, Span, place_of
from .sources import CalledPackage, Sources
from .surface import Meaning, Surface, called

#: Methods that change a list, a dictionary or a set.
_CHANGES = frozenset(
    {"append", "extend", "insert", "remove", "pop", "clear", "update", "setdefault", "popitem", "add", "discard"}
)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class NameTable:
    """The scopes of all sources, and the meanings of expressions in them."""

    def __init__(self, sources: Sources, package: CalledPackage, surface: Surface) -> None:
        self.surface = surface
        self._sources = sources
        self._package = package
        self._modules: dict[Path, Scope] = {}
        self.scope_of: dict[ast.AST, Scope] = {}
        self._asking: set[tuple[int, str]] = set()
        self._classes: dict[ast.ClassDef, Scope] = {}
        self._changed: dict[Path, set[str]] = {}
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
                bindings = [*owner.attributes.get(node.attr, ()), *owner.names.get(node.attr, ())]
                return self._kind_of_any(bindings, owner, f"self.{node.attr}")
            base = self.kind(node.value, scope)
            return self.surface.attribute(base, node.attr) if base else self._kind_of_path(node, scope)
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id == "getattr" and (name := attribute_named(node)):
                base = self.kind(node.args[0], scope)
                return self.surface.attribute(base, name) if base else None
            base = self.kind(node.func, scope)
            return called(base) if base else None
        if isinstance(node, (ast.Await, ast.NamedExpr)):
            return self.kind(node.value, scope)
        if isinstance(node, ast.IfExp):
            return self.kind(node.body, scope) or self.kind(node.orelse, scope)
        if isinstance(node, ast.BoolOp):
            return next(filter(None, (self.kind(value, scope) for value in node.values)), None)
        return None

    def find(self, name: str, scope: Scope) -> tuple[Scope, list[Binding]] | None:
        """Return what binds the name as seen from `scope`, also by `from module import *`, and where."""
        found = scope.find(name)
        if found:
            return found
        for star in scope.module.stars:
            there = self.imported(star, scope.module)
            if there and there is not scope.module and name in there.names:
                return there, there.names[name]
        return None

    def imported(self, binding: Binding, scope: Scope) -> Scope | None:
        """Return the module that an import takes a name from, if it was read."""
        path = self._sources.module(scope.path, binding.module, binding.level)
        return self._modules.get(path) if path else None

    def module_of(self, node: ast.AST, scope: Scope) -> Scope | None:
        """Return the module that an expression such as `settings` or `shop.settings` stands for, if it was read."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
            node = node.value
        found = scope.find(node.id) if isinstance(node, ast.Name) else None
        if not found or len({each.kind for each in found[1]}) != 1 or found[1][0].kind != "import":
            return None
        binding = found[1][0]
        whole = ".".join(filter(None, [binding.module, binding.name, *parts]))
        path = self._sources.module(found[0].path, whole, binding.level)
        return self._modules.get(path) if path else None

    def assigned(self, node: ast.AST, scope: Scope, depth: int = 0) -> tuple[ast.AST, Scope] | None:
        """Return the only definition or expression that a name stands for, through imports, and where that is."""
        place: Scope | None = scope
        if isinstance(node, ast.Attribute):
            place = self.module_of(node.value, scope)
        name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
        found = self.find(name, place) if place and name else None
        if not found or depth > 20:
            return None
        bindings = [each for each in found[1] if each.kind != "annotation"]
        if len(bindings) != 1:
            return None
        if bindings[0].kind == "import":
            there = self.imported(bindings[0], found[0])
            inner = ast.Name(bindings[0].name)
            return self.assigned(inner, there, depth + 1) if there and bindings[0].name else None
        return (bindings[0].node, found[0]) if bindings[0].kind in ("value", "class") else None

    def definition(self, node: ast.AST, scope: Scope) -> ast.ClassDef | None:
        """Return the class that an expression names, if it is one of those that were read."""
        found = self.assigned(node, scope)
        return found[0] if found and isinstance(found[0], ast.ClassDef) else None

    def is_ours_by_base(self, scope: Scope) -> bool:
        """Return whether the class around has a base from the package, so that `self` may be a client or a model."""
        owner = scope.owner
        definition = next((node for node, inner in self._classes.items() if inner is owner), None)
        return definition is not None and any(self._is_from_package(base, scope) for base in definition.bases)

    def _is_from_package(self, node: ast.AST, scope: Scope) -> bool:
        while isinstance(node, (ast.Attribute, ast.Subscript)):
            if isinstance(node, ast.Attribute) and self.kind(node, scope):
                return True
            node = node.value
        found = scope.find(node.id) if isinstance(node, ast.Name) else None
        return bool(found) and any(
            self._package.inside(scope.path, binding.module, binding.level, self._sources.folders) is not None
            for binding in (found[1] if found else ())
            if binding.kind == "import"
        )

    def inside(self, definition: ast.ClassDef) -> Scope:
        """Return the scope of a class."""
        return self._classes[definition]

    def changed(self, path: Path) -> set[str]:
        """Return the names in a file whose list, dictionary or set may be changed after it was assigned."""
        if path not in self._changed:
            self._changed[path] = set(_changed_names(self._sources.trees[path]))
        return self._changed[path]

    def _kind_of_name(self, name: str, scope: Scope) -> Meaning | None:
        found = scope.find(name)
        if not found:
            stars = (self._imported(replace(star, name=name), scope.module) for star in scope.module.stars)
            return next(filter(None, stars), None)
        return self._kind_of_any(found[1], found[0], name)

    def _kind_of_any(self, bindings: Sequence[Binding], scope: Scope, name: str) -> Meaning | None:
        """Return the first meaning among the bindings of a name. A binding may refer to the name itself: `x = x or y`."""
        asked = id(scope), name
        if asked in self._asking:
            return None
        self._asking.add(asked)
        try:
            meanings = (self._kind_of(binding, binding.scope or scope) for binding in bindings)
            return next(filter(None, meanings), None)
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
        if isinstance(node, ast.Global):
            scope.elsewhere |= dict.fromkeys(node.names, scope.module)
        if isinstance(node, ast.Nonlocal) and scope.parent:
            outer = ((name, scope.parent.find(name)) for name in node.names)
            scope.elsewhere |= {name: found[0] for name, found in outer if found}
        for target, binding in _bindings(node):
            if target == "*":
                scope.stars.append(binding)
            else:
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
                part = Binding(target, "other")
                if binding.kind == "value" and len(values) == len(target.elts):
                    part = Binding(values[index], "value")
                elif binding.kind == "item" and not any(isinstance(each, ast.Starred) for each in target.elts):
                    part = replace(binding, index=(*binding.index, index))
                self._assign(inner, part, scope)
        elif isinstance(target, ast.Starred):
            self._assign(target.value, Binding(target, "other"), scope)

    def _define(self, node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef, scope: Scope) -> None:
        inner = Scope(scope.path, scope, is_class=isinstance(node, ast.ClassDef))
        if isinstance(node, ast.ClassDef):
            self._classes[node] = inner
            scope.bind(node.name, Binding(node, "class"))
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
        plain = [*arguments.posonlyargs, *arguments.args]
        missing = len(plain) - len(arguments.defaults)
        defaults = [*[None] * missing, *arguments.defaults, *arguments.kw_defaults]
        every = list(zip([*plain, *arguments.kwonlyargs], defaults, strict=True))
        function = getattr(node, "name", "lambda")
        for argument, given in every:
            note = argument.annotation
            kind = "annotation" if note else "other"
            inner.bind(argument.arg, Binding(note or argument, kind, function=function, default=given))
            if note:
                self._take(note, scope)
        for argument in filter(None, (arguments.vararg, arguments.kwarg)):
            note = argument.annotation
            inner.bind(argument.arg, Binding(argument, "other"))
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
    elif isinstance(node, (ast.For, ast.AsyncFor)):
        yield node.target, Binding(node.iter, "item", span=_span(node))
    elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        for each in node.generators:
            yield each.target, Binding(each.iter, "item", span=_span(node))
    elif (isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name) or (
        isinstance(node, ast.ExceptHandler) and node.name
    ):
        yield node.name, Binding(node, "other")


def _span(node: ast.stmt | ast.expr) -> Span:
    return place_of(node), (node.end_lineno or node.lineno, node.end_col_offset or 0)


def attribute_named(call: ast.Call) -> str:
    """Return the attribute that `getattr(…, "name")` gives; empty if that is known only when it runs."""
    named = call.args[1] if len(call.args) > 1 else None
    return named.value if isinstance(named, ast.Constant) and isinstance(named.value, str) else ""


def _changed_names(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if (isinstance(node, ast.Attribute) and node.attr in _CHANGES and isinstance(node.value, ast.Name)) or (
            isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load) and isinstance(node.value, ast.Name)
        ):
            yield node.value.id
