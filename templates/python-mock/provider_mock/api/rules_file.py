"""A file of rules: YAML, read strictly, so that whatever is wrong is named by its line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import yaml

from .rules import Rule, RuleError, Rules, read_rule

_MOST_BYTES = 1 << 20
_MOST_DEEP = 8


class _RulesLoader(yaml.SafeLoader):
    """YAML 1.2's plain scalars: `9:16` is a text and `no` is one, too."""


_RulesLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
):
    # PyYAML's types do not say what patterns are of.
    cast("Any", _RulesLoader).add_implicit_resolver(
        f"tag:yaml.org,2002:{_tag}", re.compile(f"(?:{_pattern})\\Z"), _first
    )


def read_rules(path: str) -> Rules:
    """The rules of a file. Raises RuleError, with everything that is wrong, each at its line and column."""
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
        raise RuleError(f"{path}:1:1: a list of rules is wanted, each with `when` and `then`.")
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
        raise RuleError("a rule has `when` (unless it is about all requests) and `then`, and nothing else")
    when: Any = parts.get("when") or {}
    if not isinstance(when, dict):
        raise RuleError("`when` says names and what they must be")
    return read_rule(line, cast("dict[str, Any]", when), parts["then"])


def _value(node: yaml.Node, seen: set[int], depth: int = 0) -> Any:
    """What a node stands for. Aliases are refused: a few lines of them can stand for gigabytes."""
    if id(node) in seen or depth > _MOST_DEEP:
        raise RuleError("aliases and deep nesting are not taken")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, seen, depth + 1) for item in node.value]
    content: dict[str, Any] = {}
    for key, value in node.value:
        name = _value(key, seen, depth + 1)
        if not isinstance(name, str):
            raise RuleError(f"line {key.start_mark.line + 1}: a name is a text")
        if name in content:
            raise RuleError(f"line {key.start_mark.line + 1}: {name!a} is there twice")
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
    raise RuleError(f"line {node.start_mark.line + 1}: the tag {node.tag[:60]!a} is not taken")
