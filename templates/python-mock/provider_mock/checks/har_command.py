"""`provider-mock drift`: judges the traffic in a HAR file."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ..program import PROGRAM
from ..server.option_parser import OptionParser
from ..spec.origins import origin_of
from .har import MOST, NotHar, read_har
from .recorded_traffic import Judged, judge


def main(arguments: Sequence[str]) -> int:
    """Judge the file. Exit status: 0 without drift, 1 with drift, 2 if the file is missing or is no HAR file."""
    options = make_parser().read(arguments)
    origins = [origin_of(url) for url in options.origin]
    if None in origins:
        print(f"{PROGRAM} drift: --origin: expected a URL such as https://gateway.example", file=sys.stderr)
        return 2
    try:
        with open(options.file, "rb") as file:
            content = file.read(MOST + 1)
        if len(content) > MOST:
            raise NotHar(f"it is larger than {MOST >> 20} MiB")
        entries = read_har(content)
    except OSError as error:
        print(f"{PROGRAM} drift: {options.file}: {error.strerror or error}", file=sys.stderr)
        return 2
    except NotHar as error:
        print(f"{PROGRAM} drift: {options.file}: not a HAR file: {error}", file=sys.stderr)
        return 2
    judged = judge(entries, [origin for origin in origins if origin])
    clean = judged.redactor.clean
    if options.json:
        print(clean(json.dumps(_report(judged))))
    else:
        for line in _lines(judged):
            print(clean(line))
    return int(judged.drifted)


def make_parser() -> OptionParser:
    """Return the options of `provider-mock drift`."""
    parser = OptionParser(
        f"{PROGRAM} drift",
        description="Judges the traffic in a HAR file, from a browser or a proxy, with the checks of the validating proxy, and "
        "lists which documented facts it covered. Keys are never printed. Exit status 1 with drift, 2 if FILE is missing or "
        "is no HAR file.",
    )
    parser.add_argument("file", metavar="FILE", help="a HAR file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        metavar="URL",
        help="also judge the entries at this origin, such as a gateway",
    )
    return parser


def _lines(judged: Judged) -> Iterator[str]:
    for entry, finding in judged.findings:
        yield f"{finding.severity} ({finding.side}) entry {entry.number} {entry.method} {entry.path[:200]}: {finding}"
    for kind, facts in judged.covered.items():
        seen = [name for name, was_seen in facts.items() if was_seen]
        missing = [name for name, was_seen in facts.items() if not was_seen]
        rest = f"; not seen: {', '.join(missing)}" if missing else ""
        yield f"covered {kind}: {len(seen)} of {len(facts)}{': ' if seen else ''}{', '.join(seen)}{rest}"
    drift = sum(finding.severity == "drift" for _, finding in judged.findings)
    notes = len(judged.findings) - drift
    body = f", {judged.without_body} of them without a body" if judged.without_body else ""
    yield f"{judged.judged} judged{body}, {judged.skipped} of other hosts skipped: {drift} drift, {notes} notes."


def _report(judged: Judged) -> dict[str, Any]:
    findings = [
        {"entry": entry.number, "method": entry.method, "path": entry.path, **finding._asdict()}
        for entry, finding in judged.findings
    ]
    return {
        "findings": findings,
        "judged": judged.judged,
        "skipped": judged.skipped,
        "without_body": judged.without_body,
        "covered": judged.covered,
    }
