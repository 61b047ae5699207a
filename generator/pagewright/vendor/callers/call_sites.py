"""Find the calls of models in a consumer's code, with their arguments."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .naming import UNKNOWN, NameTable, Scope
from .sources import Sources
from .surface import Meaning


@dataclass(frozen=True, slots=True)
class Argument:
    """A keyword argument with its position and its value, which is UNKNOWN unless it is a literal."""

    name: str
    value: Any
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
    for path, tree in sources.trees.items():
        columns = _Columns(path)
        handed: set[ast.AST] = set()
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                handed.add(node.func)
            elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value:
                handed.add(node.value)
        found = [
            site
            for node in ast.walk(tree)
            if node in names.scope_of and (site := _site(node, path, columns, names, models, handed))
        ]
        yield from sorted(found, key=lambda site: (site.line, site.column))


def _site(
    node: ast.AST, path: Path, columns: _Columns, names: NameTable, models: Collection[str], handed: Collection[ast.AST]
) -> CallSite | UndecidedCall | None:
    scope = names.scope_of[node]
    if isinstance(node, ast.Attribute) and node not in handed:
        kind = names.kind(node, scope)
        if kind and kind.what in ("method", "runner") and isinstance(node.ctx, ast.Load):
            return UndecidedCall(path, *columns.of(node), f"{ast.unparse(node)} is handed on without being called")
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name) and node.func.id == "getattr" and node.args:
        kind = names.kind(node.args[0], scope)
        if kind and kind.what in ("client", "model"):
            return UndecidedCall(path, *columns.of(node), "the attribute is chosen when it runs")
    kind = names.kind(node.func, scope)
    guess = kind is None
    if kind is None and isinstance(node.func, ast.Attribute) and node.func.attr in names.surface.methods:
        owner = node.func.value
        if isinstance(owner, ast.Attribute) and owner.attr in models:
            kind = Meaning("method", owner.attr, node.func.attr)
    if kind is None or kind.what not in ("method", "runner"):
        return None
    call = CallSite(path, *columns.of(node), guess=guess)
    positional = list(node.args)
    if kind.what == "method":
        call.model = kind.name
    else:
        slug = names.value(positional.pop(0), scope) if positional else UNKNOWN
        if not isinstance(slug, str):
            return UndecidedCall(
                path, call.line, call.column, f"the slug given to {kind.name} is known only when it runs"
            )
        call.slug = slug
    if any(isinstance(each, ast.Starred) for each in positional):
        call.open = "arguments come from *…"
    else:
        call.positional = len(positional)
    for keyword in node.keywords:
        _take(call, keyword, scope, names, columns)
    return call


def _take(call: CallSite, keyword: ast.keyword, scope: Scope, names: NameTable, columns: _Columns) -> None:
    if keyword.arg is None:
        members = _members(keyword.value)
        if members is None:
            call.open = f"arguments come from **{ast.unparse(keyword.value)}"
            return
    elif call.model and keyword.arg in {*names.surface.options, names.surface.extra}:
        if keyword.arg == names.surface.extra:
            members = _members(keyword.value)
            if members is None:
                call.open = "arguments come from extra_parameters"
            else:
                call.extra |= {name for name, _ in members}
        return
    else:
        members = [(keyword.arg, keyword.value)]
    for name, node in members:
        line, column = columns.of(node)
        call.arguments.append(Argument(name, names.value(node, scope), line, column))


def _members(node: ast.AST) -> list[tuple[str, ast.AST]] | None:
    """The members of `{"a": …}` or `dict(a=…)`; None if they can't be seen."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict" and not node.args:
        given = [(keyword.arg, keyword.value) for keyword in node.keywords]
        return [(name, value) for name, value in given if name] if all(name for name, _ in given) else None
    if not isinstance(node, ast.Dict):
        return None
    members: list[tuple[str, ast.AST]] = []
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return None
        members.append((key.value, value))
    return members


class _Columns:
    """Places as people count them: columns in characters from 1, where `ast` has bytes from 0."""

    def __init__(self, path: Path) -> None:
        self._lines = path.read_bytes().split(b"\n")

    def of(self, node: ast.AST) -> tuple[int, int]:
        line: int = getattr(node, "lineno", 1)
        offset: int = getattr(node, "col_offset", 0)
        text = self._lines[line - 1][:offset] if line <= len(self._lines) else b""
        return line, len(text.decode("utf-8", "replace")) + 1
