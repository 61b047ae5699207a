"""Reader for files of rules: strict YAML, with the line of each error."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import yaml

from .rules import Rule, RuleError, Rules, read_rule

_MOST_BYTES = 1 << 20
_MOST_DEEP = 8


class _RulesLoader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: `9:16` and `no` are strings."""


_RulesLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    # PyYAML's stubs do not give the type of patterns.
    cast("Any", _RulesLoader).add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), _first
    )


def read_rules(path: str) -> Rules:
    """Read the rules of a file. Raises RuleError with all errors, each with its line and column."""
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise RuleError(f"{path}: {error.strerror}") from None
    if len(data) > _MOST_BYTES:
        raise RuleError(f"{path}: larger than {_MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8")
        node = yaml.compose(text, Loader=_RulesLoader)
    except UnicodeDecodeError:
        raise RuleError(f"{path}: not UTF-8") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark is not None else path
        raise RuleError(f"{where}: {getattr(error, 'problem', None) or error}.") from None
    except RecursionError:
        raise RuleError(f"{path}: nested too deep") from None
    if node is None:
        return Rules()
    if not isinstance(node, yaml.SequenceNode):
        raise RuleError(f"{path}:1:1: expected a list of rules, each with `when` and `then`.")
    wrong: list[str] = []
    rules: list[Rule] = []
    seen: set[int] = set()
    for item in node.value:
        line, column = item.start_mark.line + 1, item.start_mark.column + 1
        try:
            rules.append(_rule(line, _value(item, seen)))
        except RuleError as error:
            wrong.append(f"{path}:{line}:{column}: {error}.")
    if wrong:
        raise RuleError("\n".join(wrong))
    return Rules(rules)


def _rule(line: int, content: Any) -> Rule:
    parts = cast("dict[str, Any]", content) if isinstance(content, dict) else {}
    if "then" not in parts or set(parts) - {"when", "then"}:
        raise RuleError("expected a rule with the keys `when` and `then`; without `when` it applies to all requests")
    when: Any = parts.get("when") or {}
    if not isinstance(when, dict):
        raise RuleError("`when` must be a mapping from names to values")
    return read_rule(line, cast("dict[str, Any]", when), parts["then"])


def _value(node: yaml.Node, seen: set[int], depth: int = 0) -> Any:
    """Return the value of a node. Aliases are refused: a few lines of them can expand to gigabytes."""
    if id(node) in seen or depth > _MOST_DEEP:
        raise RuleError("aliases and deep nesting are not allowed")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, seen, depth + 1) for item in node.value]
    content: dict[str, Any] = {}
    for key, value in node.value:
        name = _value(key, seen, depth + 1)
        if not isinstance(name, str):
            raise RuleError(f"line {key.start_mark.line + 1}: a name must be a string")
        if name in content:
            raise RuleError(f"line {key.start_mark.line + 1}: duplicate name {name!a}")
        content[name] = _value(value, seen, depth + 1)
    return content


def _scalar(node: yaml.ScalarNode) -> Any:
    kind, text = node.tag.removeprefix("tag:yaml.org,2002:"), str(node.value)
    if kind == "str":
        return text
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() == "true"
    if kind in ("int", "float"):
        return int(text) if kind == "int" else float(text)
    raise RuleError(f"line {node.start_mark.line + 1}: the tag {node.tag[:60]!a} is not allowed")
