"""Findings: a mistake in a spec, its place in the file, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake at one place. `line` and `column` count from 1; `message` says what to do as well.

    Codes are stable: `Y…` the file is not the YAML we read, `S…` it is not shaped like a spec, `L…` it contradicts
    itself.
    """

    path: str
    line: int
    column: int
    code: str
    name: str
    message: str

    def __str__(self) -> str:
        text = f"{self.path}:{self.line}:{self.column}: {self.code} {self.name}: {self.message}"
        return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in text)


def report(findings: Iterable[Finding], form: str, level: str = "error") -> str:
    """Return all findings as `text`, as `github` annotations or as `json` (a list of objects), in order of place."""
    ordered = sorted(findings)
    if form == "json":
        return json.dumps([asdict(finding) for finding in ordered], indent=2, ensure_ascii=False)
    if form == "github":
        return "\n".join(_annotation(finding, level) for finding in ordered)
    return "\n".join(map(str, ordered))


def _annotation(finding: Finding, level: str) -> str:
    """Return a GitHub workflow command. Its syntax requires `%`, line ends and, in properties, `:` and `,` to be escaped."""

    def data(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    def attribute(text: str) -> str:
        return data(text).replace(":", "%3A").replace(",", "%2C")

    place = f"file={attribute(finding.path)},line={finding.line},col={finding.column}"
    return f"::{level} {place},title={attribute(f'{finding.code} {finding.name}')}::{data(finding.message)}"
