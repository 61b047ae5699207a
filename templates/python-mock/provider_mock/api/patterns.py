r"""Regular expressions of rules, matched in a time that is bounded by the length of the text and of the expression.

Python's own matcher tries alternatives one by one: `(a+)+$` takes longer than the age of the universe on a few dozen letters,
and nothing else is answered meanwhile. Expressions with repetitions or groups are therefore matched by RE2, whose time is
linear. RE2 has no lookaround and no backreferences, and its `\w`, `\d`, `\s` and `\b` know ASCII only. Other expressions, such
as `storm|gale`, cannot take long and need no further package.
"""

from __future__ import annotations

import re
from typing import Any, Protocol

from ..requirements import check

#: Only the beginning of a longer text is searched, such as that of a file in base64.
MOST_CHARACTERS = 1 << 16
#: Each character of a text may be compared with each part of an expression, and nothing else is answered meanwhile.
LONGEST_EXPRESSION = 4000
#: The most instructions that RE2 makes of an expression. `x{500}` is 500, a word is one for each letter.
MOST_INSTRUCTIONS = 2500
_SPLIT = "write several rules instead"
_REPEATS = re.compile(r"[*+?{(]")
_IGNORE_CASE = "(?i)"


class Pattern(Protocol):
    """A compiled expression."""

    def matches(self, text: str) -> bool:
        """Return whether the expression is found in the first `MOST_CHARACTERS` characters of the text."""
        ...


def compile_pattern(expression: object) -> Pattern:
    """Return the compiled expression. Raises ValueError with the reason, and MissingRequirement if RE2 is missing."""
    if not isinstance(expression, str):
        raise ValueError("expected a string")
    if len(expression) > LONGEST_EXPRESSION:
        raise ValueError(f"expected at most {LONGEST_EXPRESSION} characters, got {len(expression)}: {_SPLIT}")
    if not _REPEATS.search(expression.removeprefix(_IGNORE_CASE)):
        try:
            return _Simple(re.compile(expression))
        except re.error as error:
            raise ValueError(str(error)) from None
    check("rules")
    return _Linear(expression)


class _Simple:
    def __init__(self, compiled: re.Pattern[str]) -> None:
        self._compiled = compiled

    def matches(self, text: str) -> bool:
        return self._compiled.search(text, 0, MOST_CHARACTERS) is not None


class _Linear:
    def __init__(self, expression: str) -> None:
        # The package has no types.
        import re2  # type: ignore[import-untyped, unused-ignore]

        library: Any = re2
        options = library.Options()
        options.log_errors = False
        try:
            self._compiled = library.compile(expression, options)
        except (library.error, UnicodeEncodeError) as error:
            reason = error.args[0] if isinstance(error, library.error) else error
            said = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
            raise ValueError(f"{said} (RE2 syntax, without lookaround and backreferences)") from None
        if (size := self._compiled.programsize) > MOST_INSTRUCTIONS:
            raise ValueError(f"expected at most {MOST_INSTRUCTIONS} steps of RE2, got {size}: {_SPLIT}")

    def matches(self, text: str) -> bool:
        # JSON can contain half of a surrogate pair, which UTF-8 cannot represent.
        return self._compiled.search(text[:MOST_CHARACTERS].encode("utf-8", "replace")) is not None
