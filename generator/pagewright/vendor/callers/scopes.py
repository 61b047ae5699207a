"""Scopes of the consumer's code, and what is bound to the names in them."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from pathlib import Path

#: A line and a column, as `ast` counts them, and the two ends of a piece of code.
Place = tuple[int, int]
Span = tuple[Place, Place]


@dataclass(frozen=True, slots=True)
class Binding:
    """Something that a name is bound to: an expression, an import, a definition, or an annotation. `scope` is where
    that stands, if it is not where the name is bound. Of an argument `function` and `default` say whose it is and what it
    is without being given; of the target of a loop (`item`) `node` is what the loop goes through, `index` leads to the
    target in each item, and `span` is the loop."""

    node: ast.AST
    kind: str
    module: str = ""
    name: str = ""
    level: int = 0
    scope: Scope | None = None
    function: str = ""
    default: ast.AST | None = None
    index: tuple[int, ...] = ()
    span: Span | None = None

    @property
    def start(self) -> Place:
        """Its file, line and column."""
        return place_of(self.node)


@dataclass(slots=True, eq=False)
class Scope:
    """A module, class or function, with what is bound in it. Of a class `attributes` are those of `self`; `stars` are
    imports of all names of a module, and `elsewhere` are the scopes of names that a function declares `global`."""

    path: Path
    parent: Scope | None
    is_class: bool = False
    names: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    attributes: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    stars: list[Binding] = field(default_factory=list[Binding])
    elsewhere: dict[str, Scope] = field(default_factory=dict[str, "Scope"])

    def bind(self, name: str, binding: Binding) -> None:
        if name in self.elsewhere:
            self.elsewhere[name].bind(name, replace(binding, scope=binding.scope or self))
            return
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
    def module(self) -> Scope:
        """The module around."""
        scope = self
        while scope.parent:
            scope = scope.parent
        return scope

    @property
    def owner(self) -> Scope | None:
        """The class around."""
        scope: Scope | None = self
        while scope and not scope.is_class:
            scope = scope.parent
        return scope


def place_of(node: ast.AST) -> Place:
    """Return where a node starts."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
