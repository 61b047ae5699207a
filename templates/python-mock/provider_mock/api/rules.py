"""Rules that select a scenario by the content of a request. They come from a YAML file that is checked as a whole.

    - when: {slug: acme-paint, prompt~: "storm|gale", steps>: 30}
      then: content-block
    - when: {endpoint: status, key: team-a}
      then: {scenario: rate-limited, times: 2}

`slug`, `endpoint` (sync, submit, status or result) and `key` (or its label) describe the request; every other name is a
parameter. After a name, `~` searches for a regular expression (see `patterns`), `!` means not equal, ` sent` (true or false) means whether
the parameter was sent, and `<`, `<=`, `>`, `>=` compare numbers; without an operator the value must be equal, or one of a
list. A parameter with one of the three names above is written `input.slug`. A rule without `endpoint` applies to sync and
submit. `times` limits how often it applies to requests of each key, and `after` is how many requests it skips first.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, cast

from ..requirements import MissingRequirement
from ..server.limits import RequestRefused
from ..state.account import Account
from ..state.redaction import identity, label
from .patterns import compile_pattern
from .routes import ENDPOINTS
from .scenarios import Scenario, named

_POSTS = frozenset({"sync", "submit"})
_NAME = re.compile(r"(.*?)(~|!| sent|<=|>=|<|>)?", re.DOTALL)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Subject(NamedTuple):
    """The parts of a request that rules examine."""

    endpoint: str
    slug: str | None
    account: str
    payload: Mapping[str, Any]


class Condition(NamedTuple):
    """One condition on a parameter. `sign` is one of the operators above, or empty."""

    parameter: str
    sign: str
    wanted: Any

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """Return whether a payload meets the condition. A missing parameter only meets ` sent: false` and `!`."""
        sent = self.parameter in payload
        value = payload.get(self.parameter)
        if self.sign == " sent":
            return sent is self.wanted
        if self.sign == "!":
            return not _same(value, self.wanted) if sent else True
        if not sent:
            return False
        if self.sign == "~":
            return isinstance(value, str) and self.wanted.matches(value)
        if self.sign in _COMPARE:
            return type(value) in (int, float) and _COMPARE[self.sign](value, self.wanted)
        return any(_same(value, one) for one in _listed(self.wanted))


class Rule(NamedTuple):
    """One rule. `line` is its line in the file. Its uses are counted under `id`, which other rules do not change."""

    line: int
    id: str
    scenario: Scenario
    slugs: frozenset[str] | None
    endpoints: frozenset[str]
    key: str | None
    conditions: tuple[Condition, ...]
    times: int | None
    after: int

    def show(self) -> dict[str, object]:
        """Return the rule as the admin endpoint shows it."""
        return {
            "line": self.line,
            "scenario": self.scenario.name,
            "slugs": sorted(self.slugs) if self.slugs is not None else None,
            "endpoints": sorted(self.endpoints),
            "parameters": [condition.parameter + condition.sign for condition in self.conditions],
            "times": self.times,
            "after": self.after,
        }

    def fits(self, subject: Subject) -> bool:
        """Return whether the rule matches the request."""
        return (
            subject.endpoint in self.endpoints
            and (self.slugs is None or subject.slug in self.slugs)
            and (self.key is None or self.key in (subject.account, label(subject.account)))
            and all(condition.holds(subject.payload) for condition in self.conditions)
        )


class Rules(tuple[Rule, ...]):
    """All rules in their order. The first that matches and is not used up decides."""

    def apply(self, account: Account, subject: Subject) -> Scenario | None:
        """Return the scenario for a request of the account and count the use of its rule; None if no rule matches."""
        for rule in self:
            if rule.fits(subject):
                if rule.times is None and not rule.after:
                    return rule.scenario
                used = account.uses.get(rule.id, 0)
                if rule.times is not None and used >= rule.after + rule.times:
                    continue
                account.uses[rule.id] = used + 1
                if used >= rule.after:
                    return rule.scenario
        return None


NO_RULES = Rules()


class RuleError(ValueError):
    """A file of rules is invalid. The message says where and why."""


def _same(left: Any, right: Any) -> bool:
    """Return whether two values are equal. True is not 1."""
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def read_rule(line: int, when: Mapping[str, Any], then: Any) -> Rule:
    """Build a rule from its two parts. Raises RuleError without a position."""
    about = {name: value for name, value in when.items() if name in ("slug", "endpoint", "key")}
    conditions = tuple(_condition(name, value) for name, value in when.items() if name not in about)
    if isinstance(then, str):
        then = {"scenario": then}
    then = cast("dict[str, Any]", then) if isinstance(then, dict) else {}
    if not isinstance(then.get("scenario"), str):
        raise RuleError("`then` must be the name of a scenario or {scenario: NAME, times: N, after: N}")
    if unknown := set(then) - {"scenario", "times", "after"}:
        raise RuleError(f"`then` has the unknown key {sorted(unknown)[0]!a}: expected scenario, times or after")
    for name in ("times", "after"):
        if name in then and (type(then[name]) is not int or then[name] < (name == "times")):
            raise RuleError(f"{name}: expected a whole number of requests, got {then[name]!a}")
    try:
        scenario = named(then["scenario"])
    except RequestRefused as error:
        raise RuleError(str(error).rstrip(".")) from None
    endpoints = frozenset(_texts("endpoint", about["endpoint"])) if "endpoint" in about else _POSTS
    if nowhere := endpoints - set(ENDPOINTS):
        raise RuleError(f"endpoint: expected one of {', '.join(ENDPOINTS)}, got {sorted(nowhere)[0]!a}")
    if conditions and not endpoints <= _POSTS:
        raise RuleError("parameters are sent to sync and submit only")
    slugs = frozenset(_texts("slug", about["slug"])) if "slug" in about else None
    _check_names(slugs, conditions)
    key = _texts("key", about["key"])[0] if "key" in about else None
    digest = sha256(repr((sorted(when.items(), key=repr), sorted(then.items()))).encode()).hexdigest()[:12]
    return Rule(
        line=line,
        id=digest,
        scenario=scenario,
        slugs=slugs,
        endpoints=endpoints,
        key=key if key is None or key.startswith(label("")) else identity(key),
        conditions=conditions,
        times=then.get("times"),
        after=then.get("after", 0),
    )


def _condition(name: str, value: Any) -> Condition:
    found = _NAME.fullmatch(name)
    assert found is not None
    parameter, sign = found[1].removeprefix("input."), found[2] or ""
    if not parameter:
        raise RuleError("a condition needs the name of a parameter")
    if sign == "~":
        try:
            return Condition(parameter, sign, compile_pattern(value))
        except ValueError as error:
            raise RuleError(f"{name}: {ascii(value)[:200]} cannot be used as a regular expression: {error}") from None
        except MissingRequirement as error:
            raise RuleError(f"{name}: repetitions and groups in a regular expression need RE2: {error}") from None
    if sign == " sent" and not isinstance(value, bool):
        raise RuleError(f"{name}: expected true or false, got {value!a}")
    if sign in _COMPARE and type(value) not in (int, float):
        raise RuleError(f"{name}: {value!a} is not a number")
    return Condition(parameter, sign, value)


def _texts(name: str, value: Any) -> list[str]:
    values = _listed(value) if name != "key" else [value]
    texts = [one for one in values if isinstance(one, str) and one]
    if not texts or len(texts) != len(values):
        raise RuleError(f"{name}: expected a string" + (" or a list of strings" if name != "key" else ""))
    return texts


def _listed(value: Any) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_names(slugs: frozenset[str] | None, conditions: tuple[Condition, ...]) -> None:
    """Raise RuleError for an unknown model or parameter, with which the rule would never apply."""
    from difflib import get_close_matches

    from ..spec.catalog import SLUGS, find

    for slug in sorted(slugs or ()):
        model = find(slug)
        if model is None:
            close = get_close_matches(slug, SLUGS, 1)
            raise RuleError(f"there is no model {slug!a}" + (f"; did you mean {close[0]}?" if close else ""))
        for condition in conditions:
            if condition.parameter not in model.parameters:
                close = get_close_matches(condition.parameter, model.parameters, 1)
                hint = f"; did you mean {close[0]}?" if close else ""
                raise RuleError(f"{slug} has no parameter {condition.parameter!a}{hint}")
