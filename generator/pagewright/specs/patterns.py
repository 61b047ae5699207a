"""Regular expressions in specs: only those that mean the same in Python and ECMAScript and match in linear time.

A pattern comes from a page and is run on texts of megabytes. So only a subset is allowed: literals, classes, `.`, `\\d`,
`\\D`, `\\w`, `\\W`, groups, alternatives and greedy repeats, `^` at the start and `$` at the end. A repeat is allowed where the
next character decides whether it goes on, so that nothing is ever tried twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from typing import Any, NoReturn

_LONGEST = 1000
#: Ways through alternatives outside of repeats: each is tried in the worst case.
_MOST_WAYS = 256
_LARGEST_COUNT = 1000
#: Whether a pattern allows a length is decided up to about so many characters.
_DECIDED = 4000
#: A pattern without ^ is tried from each character of a text.
_WIDEST = 1000
#: Characters as a set of ASCII codes; one more member stands for all others.
_OTHERS = 128
_ALL = frozenset(range(129))
_LINE_ENDS = frozenset({10, 13})
_DIGITS = frozenset(range(48, 58))
_WORD = _DIGITS | frozenset(range(65, 91)) | frozenset(range(97, 123)) | {95}
_CLASSES = {"d": _DIGITS, "D": _ALL - _DIGITS, "w": _WORD, "W": _ALL - _WORD}
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11}
_PUNCTUATION = frozenset("^$\\.*+?()[]{}|/")


class BadPattern(ValueError):
    """A pattern that the specs do not allow; the message says why."""


@dataclass(frozen=True, slots=True)
class _Characters:
    """One character out of a set."""

    members: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Repeat:
    inner: _Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Alternatives, each a sequence."""

    options: tuple[tuple[_Node, ...], ...]


_Node = _Characters | _Repeat | _Group


def check(pattern: str) -> None:
    """Raise if the specs do not allow `pattern`.

    Raises:
        BadPattern: It is not in the subset, or matching it may take more than linear time.
    """
    if len(pattern) > _LONGEST:
        raise BadPattern(f"it has {len(pattern)} characters, and at most {_LONGEST} are allowed")
    parser = _Parser(pattern)
    node = parser.parse()
    if not parser.anchored and _width(node) > _WIDEST:
        raise BadPattern(f"it can take more than {_WIDEST} characters, and does not begin with ^")
    if _ways(node) > _MOST_WAYS:
        raise BadPattern("its alternatives can be combined in too many ways")
    _check_repeats((node,), frozenset())
    re.compile(python(pattern), re.ASCII)


def allows_length(pattern: str, least: int, most: int | None) -> bool:
    """Return whether a text with `least` to `most` characters can match. True if that is not decided, for long texts.

    Raises:
        BadPattern: The pattern is not in the subset.

    >>> allows_length("^(?:ab)+$", 3, 3), allows_length("^(?:ab)+$", 3, 4), allows_length("ab", 3, None)
    (False, True, True)
    """
    parser = _Parser(pattern)
    node = parser.parse()
    shortest = _shortest(node)
    if shortest == float("inf") or (most is not None and shortest > most):
        return False
    if not (parser.anchored and parser.ended):
        return True
    if _width(node) < least:
        return False
    end = least + _DECIDED if most is None else min(most, least + _DECIDED)
    return least > _DECIDED or bool(_lengths(node, end) >> least) or end != most


def matches(pattern: str, text: str) -> bool:
    """Return whether `pattern` matches in `text`. True for a pattern that is not allowed, which lint reports.

    >>> matches("^[a-z]+$", "fog"), matches("^[a-z]+$", "fog\\n")
    (True, False)
    """
    return _search(pattern)(text) is not None


@cache
def _search(pattern: str) -> Callable[[str], Any]:
    try:
        check(pattern)
    except BadPattern:
        return lambda _: True
    return re.compile(python(pattern), re.ASCII).search


def python(pattern: str) -> str:
    r"""Return the same pattern for Python, where `$` and `.` mean something else.

    >>> python("^a.b$")
    '^a[^\\n\\r\u2028\u2029]b\\Z'
    """
    return _translated(pattern, {"$": r"\Z"})


def portable(pattern: str) -> str:
    r"""Return the same pattern in signs that mean the same in Rust, whose engine pydantic uses.

    >>> portable(r"^\d+$")
    '^[0-9]+$'
    """
    return _translated(pattern, {r"\d": "[0-9]", r"\D": "[^0-9]", r"\w": "[A-Za-z0-9_]", r"\W": "[^A-Za-z0-9_]"})


def _translated(pattern: str, signs: dict[str, str]) -> str:
    signs = {".": r"[^\n\r" + "\u2028\u2029]", **signs}
    return re.sub(r"\\.|\[(?:\\.|[^\]\\])*\]|[$.]", lambda sign: signs.get(sign[0], sign[0]), pattern, flags=re.DOTALL)


class _Parser:
    """Parser of one pattern, character by character."""

    def __init__(self, pattern: str) -> None:
        self._rest = pattern
        self.anchored = False
        self.ended = False

    def parse(self) -> _Node:
        if self._rest.startswith("^"):
            self.anchored = True
            self._take()
        # An anchor holds for the first and the last alternative only, which hardly anybody means.
        self.ended = bool(re.search(r"(?<!\\)(?:\\\\)*\$\Z", self._rest))
        if self.ended:
            self._rest = self._rest[:-1]
        node = self._alternatives()
        if self._rest:
            self._fail(f"{self._rest[0]!r} closes nothing")
        if len(node.options) > 1 and (self.anchored or self.ended):
            self._fail("its alternatives need a group: ^(?:a|b)$")
        return node

    def _alternatives(self) -> _Group:
        options = [self._sequence()]
        while self._rest.startswith("|"):
            self._take()
            options.append(self._sequence())
        return _Group(tuple(options))

    def _sequence(self) -> tuple[_Node, ...]:
        nodes: list[_Node] = []
        while self._rest and self._rest[0] not in "|)":
            nodes.append(self._repeated(self._one()))
        return tuple(nodes)

    def _one(self) -> _Node:
        sign = self._take()
        if sign == "(":
            if self._rest.startswith("?"):
                if not self._rest.startswith("?:"):
                    self._fail("groups that look ahead, look behind or have a name are not allowed")
                self._rest = self._rest[2:]
            group = self._alternatives()
            if self._take() != ")":
                self._fail("a group is not closed")
            return group
        if sign == "[":
            return _Characters(self._class())
        if sign == ".":
            return _Characters(_ALL - _LINE_ENDS)
        if sign == "\\":
            return _Characters(self._escaped())
        if sign in "*+?{}]^$":
            self._fail(f"{sign!r} can't be there; write \\{sign} for the character itself")
        return _Characters(frozenset({min(ord(sign), _OTHERS)}))

    def _escaped(self, *, in_class: bool = False) -> frozenset[int]:
        sign = self._take()
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in _CONTROLS:
            return frozenset({_CONTROLS[sign]})
        if sign not in _PUNCTUATION and not (in_class and sign == "-"):
            self._fail(f"\\{sign} does not mean the same everywhere, or is not needed")
        return frozenset({ord(sign)})

    def _class(self) -> frozenset[int]:
        inverted = self._rest.startswith("^")
        if inverted:
            self._take()
        members: set[int] = set()
        count, every_other = 0, False
        while not self._rest.startswith("]"):
            count += 1
            first = self._member()
            if self._rest.startswith("-") and not self._rest.startswith("-]"):
                self._take()
                last = self._member()
                if len(first) != 1 or len(last) != 1 or min(first) > min(last):
                    self._fail("a range in a class goes from a lower character to a higher one")
                members |= set(range(min(first), min(last) + 1))
            every_other = every_other or (len(first) > 1 and _OTHERS in first)
            members |= first
        self._take()
        if not count:
            self._fail("a class is empty")
        if inverted:
            # A class such as \D has all other characters, while a single one leaves the rest.
            return _ALL - (members if every_other else members - {_OTHERS})
        return frozenset(members)

    def _member(self) -> frozenset[int]:
        sign = self._take()
        if sign == "[" or (sign in "&~|-" and self._rest.startswith(sign)):
            self._fail(f"{sign!r} in a class needs a backslash")
        return self._escaped(in_class=True) if sign == "\\" else frozenset({min(ord(sign), _OTHERS)})

    def _repeated(self, node: _Node) -> _Node:
        found = re.match(r"[*+?]|\{([0-9]{1,4})(,([0-9]{1,4})?)?\}", self._rest)
        if not found:
            return node
        self._rest = self._rest[found.end() :]
        if self._rest[:1] in ("?", "+", "*", "{"):
            self._fail("a repeat of a repeat, or one that takes as little as it can, is not allowed")
        sign = found[0]
        if sign in "*+?":
            return _Repeat(node, int(sign == "+"), 1 if sign == "?" else None)
        least = int(found[1])
        most = least if not found[2] else int(found[3]) if found[3] else None
        if (most is not None and most < least) or max(least, most or 0) > _LARGEST_COUNT:
            self._fail(f"{sign} is not a count from 0 to {_LARGEST_COUNT}")
        return _Repeat(node, least, most)

    def _take(self) -> str:
        if not self._rest:
            self._fail("it ends too early")
        sign, self._rest = self._rest[0], self._rest[1:]
        return sign

    def _fail(self, why: str) -> NoReturn:
        raise BadPattern(why)


def _width(node: _Node) -> float:
    """Return the largest number of characters that a node can match."""
    if isinstance(node, _Group):
        return max(sum(map(_width, option)) for option in node.options)
    if isinstance(node, _Repeat):
        return float("inf") if node.most is None else node.most * _width(node.inner)
    return 1


def _shortest(node: _Node) -> float:
    """Return the smallest number of characters that a node can match; infinity if it can't match anything."""
    if isinstance(node, _Group):
        return min(sum(map(_shortest, option)) for option in node.options)
    if isinstance(node, _Repeat):
        return node.least * _shortest(node.inner) if node.least else 0
    return 1 if node.members else float("inf")


def _lengths(node: _Node, most: int) -> int:
    """Return the numbers of characters up to `most` that a node can match, each as a bit."""
    if isinstance(node, _Characters):
        return 2 if node.members and most else 0
    if isinstance(node, _Repeat):
        inner = _lengths(node.inner, most)
        more = most if node.most is None else node.most - node.least
        return _sums(_times(inner, node.least, most), _times(inner | 1, more, most), most)
    found = 0
    for option in node.options:
        sums = 1
        for part in option:
            sums = _sums(sums, _lengths(part, most), most)
        found |= sums
    return found


def _times(lengths: int, count: int, most: int) -> int:
    """Return the sums of `count` lengths."""
    found = 1
    while count:
        if count & 1:
            found = _sums(found, lengths, most)
        count >>= 1
        lengths = _sums(lengths, lengths, most) if count else lengths
    return found


def _sums(one: int, other: int, most: int) -> int:
    """Return each sum, up to `most`, of a length out of one set and a length out of another."""
    one, other = sorted((one, other), key=int.bit_count)
    found = 0
    while one:
        lowest = one & -one
        found |= other * lowest
        one ^= lowest
    return found & ((1 << most + 1) - 1)


def _ways(node: _Node) -> int:
    """Return the number of alternatives below a node; `_check_repeats` judges those inside a repeat."""
    if not isinstance(node, _Group):
        return 1
    total = 0
    for option in node.options:
        ways = 1
        for inner in option:
            ways = min(ways * _ways(inner), _MOST_WAYS + 1)
        total += ways
    return total


def _first(nodes: tuple[_Node, ...]) -> tuple[frozenset[int], bool]:
    """Return the characters that a sequence may begin with, and whether it may be empty."""
    found: frozenset[int] = frozenset()
    for node in nodes:
        if isinstance(node, _Characters):
            return found | node.members, False
        if isinstance(node, _Repeat):
            members, empty = _first((node.inner,))
            empty = empty or node.least == 0
        else:
            each = [_first(option) for option in node.options]
            members, empty = frozenset[int]().union(*(one for one, _ in each)), any(can for _, can in each)
        found |= members
        if not empty:
            return found, False
    return found, True


def _check_repeats(nodes: tuple[_Node, ...], after: frozenset[int]) -> None:
    """Raise if the next character does not decide whether a repeat goes on. `after` is what may follow the sequence."""
    for index, node in enumerate(nodes):
        members, empty = _first(nodes[index + 1 :])
        follows = members | after if empty else members
        if isinstance(node, _Repeat):
            begins, can_be_empty = _first((node.inner,))
            if can_be_empty:
                raise BadPattern("what is repeated may be empty")
            if node.most != node.least and begins & follows:
                raise BadPattern("a repeat is followed by what it may take itself, so that matching may take very long")
            again = begins if node.most != 1 else frozenset[int]()
            if isinstance(node.inner, _Group):
                firsts = [_first(option)[0] for option in node.inner.options]
                if any(one & other for one, other in combinations(firsts, 2)):
                    raise BadPattern("alternatives under a repeat begin with the same character")
            _check_repeats((node.inner,), follows | again)
        elif isinstance(node, _Group):
            for option in node.options:
                _check_repeats(option, follows)
