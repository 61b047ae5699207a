"""Rules: which scenario a request gets by what it asks for. Read from a YAML file, which is checked as a whole.

    - when: {slug: acme-paint, prompt~: "storm|gale", steps>: 30}
      then: content-block
    - when: {endpoint: status, key: team-a}
      then: {scenario: rate-limited, times: 2}

`slug`, `endpoint` (sync, submit, status or result) and `key` (or its label) are about the request; every other name is a
parameter. After a name `~` is a regular expression to be found, `!` is not equal, ` sent` (true or false) is whether it was
sent at all, and `<`, `<=`, `>`, `>=` compare numbers; without a sign it is the value, or a list of values. Names that a
parameter shares with these three are written `input.slug`. A rule without `endpoint` is about sync and submit. `times`
is how often it is applied to requests of each key, and `after` how many it lets pass first.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple, cast

from ..server.limits import RequestRefused
from ..state.account import Account
from ..state.redaction import identity, label
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
    """What rules look at: the endpoint, the model, whose request it is, and its payload."""

    endpoint: str
    slug: str | None
    account: str
    payload: Mapping[str, Any]


class Condition(NamedTuple):
    """One condition on a parameter: `sign` is one of those above, or empty."""

    parameter: str
    sign: str
    wanted: Any

    def holds(self, payload: Mapping[str, Any]) -> bool:
        """Whether a payload fulfils it. What was not sent fulfils ` sent: false` and `!` alone."""
        sent = self.parameter in payload
        value = payload.get(self.parameter)
        if self.sign == " sent":
            return sent is self.wanted
        if self.sign == "!":
            return not _same(value, self.wanted) if sent else True
        if not sent:
            return False
        if self.sign == "~":
            return isinstance(value, str) and self.wanted.search(value) is not None
        if self.sign in _COMPARE:
            return type(value) in (int, float) and _COMPARE[self.sign](value, self.wanted)
        return any(_same(value, one) for one in _listed(self.wanted))


class Rule(NamedTuple):
    """One rule. `line` is where it stands; `id` counts its uses, and stays the same where other rules come and go."""

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
        """The rule as the admin endpoint tells it."""
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
        """Whether the rule is about such a request."""
        return (
            subject.endpoint in self.endpoints
            and (self.slugs is None or subject.slug in self.slugs)
            and (self.key is None or self.key in (subject.account, label(subject.account)))
            and all(condition.holds(subject.payload) for condition in self.conditions)
        )


class Rules(tuple[Rule, ...]):
    """All rules, in their order. The first that fits and is not used up decides."""

    def apply(self, account: Account, subject: Subject) -> Scenario | None:
        """The scenario for such a request of the account, which counts as a use of the rule; None if no rule fits."""
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
    """A file of rules that cannot be used. Its text says where and why."""


def _same(left: Any, right: Any) -> bool:
    """Equality that does not take true for 1."""
    return isinstance(left, bool) is isinstance(right, bool) and left == right


def read_rule(line: int, when: Mapping[str, Any], then: Any) -> Rule:
    """A rule from its two parts. Raises RuleError, without saying where."""
    about = {name: value for name, value in when.items() if name in ("slug", "endpoint", "key")}
    conditions = tuple(_condition(name, value) for name, value in when.items() if name not in about)
    if isinstance(then, str):
        then = {"scenario": then}
    then = cast("dict[str, Any]", then) if isinstance(then, dict) else {}
    if not isinstance(then.get("scenario"), str):
        raise RuleError("`then` is the name of a scenario, or {scenario: NAME, times: N, after: N}")
    if unknown := set(then) - {"scenario", "times", "after"}:
        raise RuleError(f"`then` has no {sorted(unknown)[0]!a}: it has scenario, times and after")
    for name in ("times", "after"):
        if name in then and (type(then[name]) is not int or then[name] < (name == "times")):
            raise RuleError(f"{name} is a number of requests")
    try:
        scenario = named(then["scenario"])
    except RequestRefused as error:
        raise RuleError(str(error).rstrip(".")) from None
    endpoints = frozenset(_texts("endpoint", about["endpoint"])) if "endpoint" in about else _POSTS
    if nowhere := endpoints - set(ENDPOINTS):
        raise RuleError(f"there is no endpoint {sorted(nowhere)[0]!a}: there are {', '.join(ENDPOINTS)}")
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
        raise RuleError("a condition names a parameter")
    if sign == "~":
        try:
            return Condition(parameter, sign, re.compile(value))
        except (re.error, TypeError) as error:
            raise RuleError(f"{name}: {value!a} is no regular expression: {error}") from None
    if sign == " sent" and not isinstance(value, bool):
        raise RuleError(f"{name}: true or false")
    if sign in _COMPARE and type(value) not in (int, float):
        raise RuleError(f"{name}: {value!a} is not a number")
    return Condition(parameter, sign, value)


def _texts(name: str, value: Any) -> list[str]:
    values = _listed(value) if name != "key" else [value]
    texts = [one for one in values if isinstance(one, str) and one]
    if not texts or len(texts) != len(values):
        raise RuleError(f"{name} is a text" + (" or a list of texts" if name != "key" else ""))
    return texts


def _listed(value: Any) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else [value]


def _check_names(slugs: frozenset[str] | None, conditions: tuple[Condition, ...]) -> None:
    """Notices a model or a parameter that is not there: such a rule would never apply, and nobody would know why."""
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
