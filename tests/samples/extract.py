"""Extract the code samples from a documentation page as copied from a browser.

A page shows code in one of two layouts. *Numbered*: every line begins with its number, right-aligned in newer copies.
Such a listing may begin in the middle of a line of prose, and where a page prints it twice, the second copy begins on
the last line of the first. *Flattened*: the numbers stand in a row and the code follows, all on one line.

What is given back is the code as the page shows it, to the blank. A flattened listing gets its line breaks back, which is
possible for JavaScript alone: Python's indentation is lost for good.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any

_FEWEST_LINES = 3
_FIRST = re.compile(r"(?:.*? )?1(?![0-9 ])(.*)")
_ROW = re.compile(r"1 2 3 [0-9 ]*")
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"' + r"|'(?:[^'\\]|\\.)*'")
_PAYLOAD = re.compile(r"^(?:const )?(?:data|payload) = (\{.*?^\})", re.DOTALL | re.MULTILINE)


def samples(page: str) -> list[str]:
    """Return the code samples of a page in order, without repetitions."""
    found: list[str] = []
    lines = page.splitlines()
    while lines:
        flattened = _ROW.match(lines[0])
        code = _flattened(lines[0]) if flattened else _numbered(lines)
        sample = "\n".join(code) + "\n"
        if len(code) >= _FEWEST_LINES and sample not in found:
            found.append(sample)
        # A second copy begins on the last line of the first one.
        lines = lines[1 if flattened or not code else len(code) :]
    return found


def payload(sample: str) -> dict[str, Any]:
    """Return the request body in a sample: JSON or a Python literal."""
    found = _PAYLOAD.search(sample)
    if found is None:
        raise ValueError("the sample has no `data = {…}` and no `payload = {…}`")
    try:
        content: dict[str, Any] = json.loads(found[1])
    except json.JSONDecodeError:
        content = ast.literal_eval(found[1])
    return content


def _numbered(lines: list[str]) -> list[str]:
    """Return the listing whose line 1 is, or ends, the first of these lines; an empty list if there is none."""
    first = _FIRST.fullmatch(lines[0])
    if first is None:
        return []
    code = [first[1]]
    for line in lines[1:]:
        numbered = re.fullmatch(rf" *{len(code) + 1}(.*)", line)
        if numbered is None:
            break
        code.append(numbered[1])
    again = code[-1].find(f" 1{code[0]}")
    if again != -1:
        code[-1] = code[-1][:again]
    return code


def _flattened(line: str) -> list[str]:
    """Return the listing in a line that begins with its line numbers."""
    numbers = 0
    while line.startswith(f"{numbers + 1} "):
        numbers += 1
        line = line.removeprefix(f"{numbers} ")
    code = _broken(line)
    if len(code) > numbers:
        raise ValueError(f"{numbers} lines were flattened, which cannot have been these {len(code)}")
    return code


def _broken(code: str) -> list[str]:
    """Split flattened JavaScript into lines: after `;`, `,` and `{`, before `}`, but not in arguments or strings."""
    lines: list[str] = []
    start = at = 0
    calls: list[bool] = []  # for each open bracket: are these the arguments of a call?
    while at < len(code):
        if string := _STRING.match(code, at):
            at = string.end()
            continue
        sign, before = code[at], code[at - 1 : at]
        if sign in "({[":
            calls.append(sign == "(" and before.isalnum())
        elif sign in ")}]":
            calls.pop()
        elif sign == " " and (before in (";", ",", "{") or code.startswith("}", at + 1)) and not any(calls):
            lines.append(code[start:at])
            start = at + 1
        at += 1
    return [*lines, code[start:]]
