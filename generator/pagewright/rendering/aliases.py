"""Names for the `Literal` types in a generated module, so that callers can write them down."""

from __future__ import annotations

import ast

from . import names
from .names import Reserved

_IMPORT = "from typing import "


def with_aliases(code: str, class_name: str) -> str:
    """Return a module of typed dictionaries in which each `Literal` type of a field has a name of its own.

    The name is made from the model's class and the field: `class_name` without its ending `Input`, or for an inner class its
    whole name.
    """
    tree = ast.parse(code)
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    imported = {
        entry.asname or entry.name for node in tree.body if isinstance(node, ast.ImportFrom) for entry in node.names
    }
    taken = {"TypeAlias", *imported, *(node.name for node in classes)}
    aliases: list[str] = []
    changes: list[tuple[int, int, str]] = []
    source = code.encode("utf-8")
    starts = [0]
    for line in source.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)

    def place(line: int | None, column: int | None) -> int:
        assert line is not None and column is not None
        return starts[line - 1] + column

    for owner in classes:
        prefix = owner.name.removesuffix("Input") if owner.name == class_name else owner.name
        for field in owner.body:
            if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name)):
                continue
            for literal in _literals(field.annotation):
                begin = place(literal.lineno, literal.col_offset)
                end = place(literal.end_lineno, literal.end_col_offset)
                alias = _free(alias_name(prefix, field.target.id), taken)
                taken.add(alias)
                values = source[begin:end].decode("utf-8")
                aliases.append(f"#: The documented values of `{field.target.id}`.\n{alias}: TypeAlias = {values}\n")
                changes.append((begin, end, alias))
    if not aliases:
        return code
    first = place(classes[0].lineno, 0)
    changes.append((first, first, "\n".join(aliases) + "\n\n"))
    for begin, end, text in sorted(changes, reverse=True):
        source = source[:begin] + text.encode("utf-8") + source[end:]
    return source.decode("utf-8").replace(_IMPORT, f"{_IMPORT}TypeAlias, ", 1)


def _literals(annotation: ast.expr) -> list[ast.Subscript]:
    found = [
        node
        for node in ast.walk(annotation)
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal"
    ]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def alias_name(prefix: str, field: str) -> str:
    """Return the name of a field's `Literal` type, as long as no other name is the same.

    >>> alias_name("Tinysd1_5Txt2img", "img_width"), alias_name("Acme", "2d_mode")
    ('Tinysd1_5Txt2imgImgWidth', 'AcmeModel2dMode')
    """
    return f"{prefix}{names.class_name(names.model_name(field, Reserved()), Reserved())}"


def _free(name: str, taken: set[str]) -> str:
    """Return the name, with a number if a class or another field has it."""
    number = 1
    candidate = name
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate
