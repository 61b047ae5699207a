"""Edit the YAML of a spec as text: what is not edited keeps every byte, with its comments, order and quoting.

Each edit parses the text anew to find its place, so that edits can follow one another. Values are written as `write` has them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import yaml

from ...specs.pointers import token, tokens
from ...specs.values import is_list, is_mapping, same
from ..write import flow_of, lines_of, text_of

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


#: A path or a pointer, which needs no quotes anywhere.
_PATH = re.compile(r"/[A-Za-z0-9._/~-]*\Z")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key with its value in a mapping, or an item of a list; `key` is None for an item."""

    key: yaml.Node | None
    value: yaml.Node
    parent: yaml.Node

    @property
    def start(self) -> Any:
        return (self.key or self.value).start_mark


class YamlText:
    """The text of a spec that is being edited. Pointers are those of JSON."""

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._lines = text.replace("\r\n", "\n").split("\n")

    @property
    def text(self) -> str:
        """The whole text, with the line ends that it came with."""
        return self._newline.join(self._lines)

    def has(self, pointer: str) -> bool:
        """Return whether there is a value at `pointer`."""
        return self._find(pointer) is not None

    def set(self, pointer: str, value: Any, after: Sequence[str] = ()) -> None:
        """Put `value` at `pointer`. A key that is new goes behind the last of `after` that is there, else to the end of its mapping."""
        entry = self._find(pointer)
        if entry is None:
            self._insert(pointer, value, after)
        elif (items := _same_keys(entry.value, value)) is not None:
            for index, (old, new) in enumerate(items):
                for key in (key for key in new if not same(old[key], new[key])):
                    self.set(f"{pointer}/{index}/{token(key)}", new[key])
        elif is_list(value) and isinstance(entry.value, yaml.SequenceNode) and entry.value.value and value:
            self._set_list(entry.value, value)
        elif isinstance(entry.value, yaml.ScalarNode) and not is_mapping(value):
            self._replace(entry.value, self._styled(entry.value, value))
        else:
            self._set_block(entry, pointer, value)

    def delete(self, pointer: str) -> None:
        """Take the value at `pointer` out with its key and the comments above it."""
        entry = self._find(pointer)
        if entry is None:
            return
        if _is_flow(entry.parent):
            self._delete_in_flow(entry)
            return
        siblings = _entries(entry.parent)
        if len(siblings) == 1:
            above, _, _ = pointer.rpartition("/")
            if above == "/input/properties":
                self._set_block(cast(_Entry, self._find(above)), above, {})
            else:
                self.delete(above)
            return
        del self._lines[self._first_line(entry) : self._last_line(entry.value) + 1]

    def rename(self, pointer: str, name: str) -> None:
        """Give the key at `pointer` another name."""
        entry = self._find(pointer)
        if entry is not None and entry.key is not None:
            self._replace(entry.key, text_of(name, flow=True))

    def comment(self, pointer: str, text: str) -> None:
        """Put a line of comment above the key at `pointer`, or the nearest parent that has a line of its own."""
        line = f"# {text}"
        while pointer:
            entry = self._find(pointer)
            if entry is not None and not _is_flow(entry.parent) and entry.key is not None:
                at, indent = entry.start.line, " " * entry.start.column
                if f"{indent}{line}" not in self._lines[max(0, self._first_line(entry)) : at]:
                    self._lines.insert(at, f"{indent}{line}")
                return
            pointer = pointer.rpartition("/")[0]
        at = next((index for index, there in enumerate(self._lines) if there.strip() and not there.startswith("#")), 0)
        if line not in self._lines[:at]:
            self._lines.insert(at, line)

    def _root(self) -> yaml.Node:
        return cast(yaml.Node, yaml.compose("\n".join(self._lines), Loader=_Loader))

    def _find(self, pointer: str) -> _Entry | None:
        node = self._root()
        entry: _Entry | None = _Entry(None, node, node)
        for part in tokens(pointer):
            entry = next((child for name, child in _entries(node) if name == part), None)
            if entry is None:
                return None
            node = entry.value
        return entry

    def _first_line(self, entry: _Entry) -> int:
        """Return the first line that belongs to an entry: comments right above it are its own."""
        line = cast(int, entry.start.line)
        column = entry.start.column
        if entry.key is None:
            column = self._lines[line].find("-")
        while line > 0 and self._lines[line - 1].lstrip().startswith("#"):
            above = self._lines[line - 1]
            if len(above) - len(above.lstrip()) < column:
                break
            line -= 1
        return line

    def _last_line(self, node: yaml.Node) -> int:
        """Return the last line of a value, without the comments and empty lines that follow it."""
        end = node.end_mark
        line = cast(int, end.line)
        if end.column == 0 and line > node.start_mark.line:
            line -= 1
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last: Any = node.value[-1]
            return self._last_line(cast("yaml.Node", last[1] if isinstance(last, tuple) else last))
        while line > node.start_mark.line and not self._lines[line].strip():
            line -= 1
        return line

    def _replace(self, node: yaml.Node, text: str) -> None:
        """Put `text` in place of a value that is a scalar or in brackets."""
        start, end = node.start_mark, node.end_mark
        if getattr(node, "style", None) in ("|", ">"):
            last = self._last_line(node)
            self._lines[start.line : last + 1] = [self._lines[start.line][: start.column] + text]
            return
        before, after = self._lines[start.line][: start.column], self._lines[end.line][end.column :]
        if start.line == end.line and start.column == end.column and before and not before.endswith(" "):
            text = f" {text}"
        self._lines[start.line : end.line + 1] = f"{before}{text}{after}".split("\n")

    def _styled(self, node: yaml.ScalarNode, value: Any) -> str:
        """Return a value as text, in quotes of the kind that the old value has."""
        if isinstance(value, str) and node.style == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        if isinstance(value, str) and node.style == '"':
            text = text_of(value, flow=True)
            return text if text.startswith('"') else f'"{text}"'
        if isinstance(value, str) and node.value.startswith("/") and _PATH.match(value):
            return value
        return flow_of(value)

    def _set_list(self, node: yaml.SequenceNode, values: Sequence[Any]) -> None:
        """Change a list to `values`; items that stay keep their text, and their place unless the order changes."""
        there = [(_plain(item), item) for item in node.value]
        if _is_flow(node):
            texts = [self._source(item) for _, item in there]
            known = [value for value, _ in there]
            parts = [
                next((texts[i] for i, old in enumerate(known) if same(old, value)), flow_of(value)) for value in values
            ]
            self._replace(node, f"[{', '.join(parts)}]")
            return
        head: yaml.Node = node.value[0]
        indent = self._lines[int(head.start_mark.line)].find("-")
        for _, item in reversed([(old, item) for old, item in there if not any(same(old, value) for value in values)]):
            first, last = item.start_mark.line, self._last_line(item)
            del self._lines[first : last + 1]
        kept = [old for old, _ in there if any(same(old, value) for value in values)]
        last = node.value[0].start_mark.line + len(kept)
        new = [value for value in values if not any(same(old, value) for old in kept)]
        at = self._last_line(node.value[-1]) + 1 - (len(there) - len(kept)) if kept else last
        self._lines[at:at] = [f"{' ' * indent}- {flow_of(value)}" for value in new]

    def _source(self, node: yaml.Node) -> str:
        start, end = node.start_mark, node.end_mark
        if start.line != end.line:
            return flow_of(_plain(node))
        return self._lines[start.line][start.column : end.column]

    def _set_block(self, entry: _Entry, pointer: str, value: Any) -> None:
        """Put a value of another shape in the place of the old one."""
        if _is_flow(entry.value) or (_is_flow(entry.parent)):
            self._replace(entry.value, flow_of(value))
            return
        if entry.key is None:
            return
        first, last = entry.start.line, self._last_line(entry.value)
        self._lines[first : last + 1] = lines_of(tokens(pointer)[-1], value, entry.start.column)

    def _insert(self, pointer: str, value: Any, after: Sequence[str]) -> None:
        above, _, _ = pointer.rpartition("/")
        name = tokens(pointer)[-1]
        parent = self._find(above)
        if parent is None:
            self.set(above, {name: value})
            return
        node = parent.value
        if not isinstance(node, yaml.MappingNode) or not node.value:
            (
                self.set(above, {name: value})
                if not isinstance(node, yaml.MappingNode)
                else self._set_block(parent, above, {name: value})
            )
            return
        if _is_flow(node):
            pairs = [f"{self._source(key)}: {self._source(child)}" for key, child in node.value]
            pairs.append(f"{text_of(name, flow=True)}: {flow_of(value)}")
            self._replace(node, "{" + ", ".join(pairs) + "}")
            return
        entries = dict(_entries(node))
        behind = [entries[key] for key in after if key in entries]
        anchor = max(behind, key=lambda entry: entry.start.line) if behind else None
        column = node.value[0][0].start_mark.column
        lines = lines_of(name, value, column)
        if name.isdigit() and not any(key.style for key, _ in node.value):
            lines[0] = lines[0].replace(f'"{name}":', f"{name}:", 1)
        if anchor is None and after:
            at = self._first_line(next(iter(entries.values())))
        else:
            last = anchor.value if anchor else node.value[-1][1]
            at = self._last_line(last) + 1
        self._lines[at:at] = lines

    def append(self, pointer: str, item: Mapping[str, Any]) -> None:
        """Add a mapping to the list of mappings at `pointer`, which is made where it is missing."""
        entry = self._find(pointer)
        name = tokens(pointer)[-1]
        if entry is None or not isinstance(entry.value, yaml.SequenceNode) or not entry.value.value:
            while self._lines and not self._lines[-1].strip():
                self._lines.pop()
            if entry is not None:
                self.delete(pointer)
            self._lines += [*lines_of(name, [dict(item)], 0), ""]
            return
        last = self._last_line(entry.value)
        first: yaml.Node = entry.value.value[0]
        indent = self._lines[int(first.start_mark.line)].find("-")
        lines = lines_of(name, [dict(item)], 0)[1:]
        self._lines[last + 1 : last + 1] = [" " * indent + line[2:] for line in lines]

    def _delete_in_flow(self, entry: _Entry) -> None:
        node = entry.parent
        if isinstance(node, yaml.MappingNode):
            pairs = [
                f"{self._source(key)}: {self._source(value)}" for key, value in node.value if value is not entry.value
            ]
            self._replace(node, "{" + ", ".join(pairs) + "}")
            return
        items = [self._source(item) for item in cast(Any, node).value if item is not entry.value]
        self._replace(node, f"[{', '.join(items)}]")


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _entries(node: yaml.Node) -> list[tuple[str, _Entry]]:
    if isinstance(node, yaml.MappingNode):
        return [(str(key.value), _Entry(key, value, node)) for key, value in node.value]
    if isinstance(node, yaml.SequenceNode):
        return [(str(index), _Entry(None, item, node)) for index, item in enumerate(node.value)]
    return []


def _same_keys(node: yaml.Node, value: Any) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]] | None:
    """Return the old and the new items of a list of mappings if none came, went or has other keys; else None."""
    if not is_list(value) or not isinstance(node, yaml.SequenceNode) or len(node.value) != len(value):
        return None
    pairs = list(zip(_plain(node), value, strict=True))
    is_alike = all(is_mapping(old) and is_mapping(new) and old.keys() == new.keys() for old, new in pairs)
    return pairs if pairs and is_alike else None


def _plain(node: yaml.Node) -> Any:
    """Return the value of a node as specs are read: by the core schema of YAML 1.2."""
    from ...specs.document import read_document

    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    scalar = cast(yaml.ScalarNode, node)
    if scalar.style:
        return scalar.value
    document, _ = read_document("value", f"value: {scalar.value}".encode())
    return document.data["value"] if document and is_mapping(document.data) else scalar.value
