"""Facts on a model's page that are true of the whole provider: host, key, polling, states and retention."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..pages.read_page import PageContent
from ..service import Service

_HEADERS = re.compile(
    r"\bheaders[\"']?\s*[:=]\s*\{([^{}]{0,600})\}|\bheaders\.(?:set|append)\(([^()\n]{0,200})\)", re.I
)
_CURL_HEADER = re.compile(r"(?:-H|--header)[ =]+([\"'])([^\"'\n]{1,300})\1")
_HEADER = re.compile(r"[\"'`]?([A-Za-z][A-Za-z0-9-]{1,60})[\"'`]?\s*[:,]\s*(?:f|b)?[\"'`]?\s*([^\n,}]{0,120})")
_KEY_HEADER = re.compile(r"key|auth|token|secret", re.IGNORECASE)
_SCHEME = re.compile(r"(Bearer|Key|Token|Basic)\s+\S")
_VARIABLE = re.compile(
    r"\bexport[ \t]+([A-Z][A-Z0-9_]{2,60}_(?:KEY|TOKEN))=|(?:environ(?:\.get)?|getenv|env)\s*[.\[(]\s*[\"']?([A-Z][A-Z0-9_]{2,60}_(?:KEY|TOKEN))"
)
_GET = re.compile(r"GET(?<![A-Za-z]GET)[ \t\u00a0]*(/[A-Za-z0-9._~/{}:<>-]{2,200})(?=([\s\S]{0,60}))")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|<[^<>]*>|:[a-z_]+\b")
_UNITS = {
    "second": 1,
    "sec": 1,
    "s": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "hr": 3600,
    "h": 3600,
    "day": 86400,
    "week": 604800,
}
_AMOUNTS = {"a": 1.0, "an": 1.0, "one": 1.0, "two": 2.0, "half an": 0.5}
_PERIOD = (
    r"([0-9]+(?:\.[0-9]+)?|an?|one|two|half an)[ \t-]*(seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|s|h)\b"
)
_KEPT = re.compile(
    rf"\b(?:retained|retention|kept|stored|available|expires?|deleted|removed)\b[^.\n]{{0,60}}?\b{_PERIOD}",
    re.IGNORECASE,
)
_DEADLINE = re.compile(
    r"\b([0-9]+(?:\.[0-9]+)?)[ \t]*s(?:ec(?:ond)?s?)?[ \t]+(?:deadline|timeout)\b|\b(?:wait|run)\([^()\n]{0,200}?\btimeout=([0-9]+(?:\.[0-9]+)?)"
)
_INTERVAL = re.compile(
    r"\b([0-9]+(?:\.[0-9]+)?)[ \t]*s(?:ec(?:ond)?s?)?[ \t]+(?:poll|interval)|\b(?:wait|run)\([^()\n]{0,200}?\binterval=([0-9]+(?:\.[0-9]+)?)"
)
_UNTIL = re.compile(r"until[ \t]+([A-Z][A-Z_]+(?:(?:,[ \t]*|[ \t]+or[ \t]+)[A-Z][A-Z_]+)*)")
_HTTP = r"[^.\n]{0,80}?(?:HTTP|status(?: code)?)[ \t]*([1-5][0-9]{2})\b"
_RETURNS = re.compile(r"returns[ \t:]+([a-z][a-z0-9_]*(?:(?:,[ \t]*(?:and[ \t]+)?|[ \t]+and[ \t]+)[a-z][a-z0-9_]*)+)")
#: The number of the next step, where the page's line breaks were lost.
_NUMBER_OF_STEP = re.compile(r"[0-9](?<=[a-z][0-9])(?=(?:GET|POST)\s*/)")
_RESULT_FIELD = re.compile(r"\bresult((?:\[[\"'][A-Za-z_]\w*[\"']\](?:\[0\])?|\.get\([\"'][A-Za-z_]\w*[\"']\))+)")
_RESPONSE_HEADER = re.compile(r"\bx-[a-z][a-z0-9]*(?:-[a-z0-9]+)+\b")

#: Facts that a sample in another language does not show: that they are gone is no change.
OF_SAMPLES = frozenset(
    {
        "/platform/auth/header",
        "/platform/auth/scheme",
        "/platform/environment/api_key",
        "/platform/queue/timeout_s",
        "/platform/queue/interval_s",
        "/platform/bodies/result",
    }
)


def service_facts(reading: PageContent, service: Service) -> dict[str, Any]:
    """Return the facts about the provider that a page states, by pointer; those that it does not state are left out."""
    page, text = reading.page, reading.page.text
    final = max(
        (re.findall(r"[A-Z][A-Z_]+", found[1]) for found in _UNTIL.finditer(text)), key=len, default=list[str]()
    )
    said: dict[str, Any] = {
        "/platform/base_url": _hosts(reading, service),
        "/platform/environment/api_key": _first(_VARIABLE, page.code),
        "/platform/queue/retention_s": _seconds(_KEPT.search(text)),
        "/platform/queue/timeout_s": _figures(_DEADLINE, text),
        "/platform/queue/interval_s": _figures(_INTERVAL, text),
        "/platform/queue/final_states": final if len(final) > 1 else None,
        "/platform/queue/failed_status": _status(r"\bFAILED\b", text),
        "/platform/queue/unknown_status": _status(r"\b(?:[Uu]nknown|[Ee]xpired)\b", text),
        "/platform/bodies/submitted": _fields(_RETURNS.search(_NUMBER_OF_STEP.sub(" ", text))),
        "/platform/bodies/result": list(dict.fromkeys(_result_fields(page.code))),
        "/platform/headers": sorted(_response_headers(reading, service)),
        **_key(page.code),
        **_polls(text),
    }
    return {at: value for at, value in said.items() if value not in (None, [], "")}


def _hosts(reading: PageContent, service: Service) -> list[str]:
    """Return the hosts at which the page calls the model, each once."""
    endpoint, facts = service.endpoints[0], reading.facts
    addresses = [(host.lower(), path, endpoint.parted(path)) for host, path, _ in reading.page.endpoints()]
    return list(
        dict.fromkeys(
            host for host, path, found in addresses if path == facts.sync_path or (found and found[1] == facts.slug)
        )
    )


def _key(code: str) -> dict[str, Any]:
    """Return the header that carries the key in the samples, and the word before the key."""
    blocks = [found[1] or found[2] for found in _HEADERS.finditer(code)]
    blocks += [found[2] for found in _CURL_HEADER.finditer(code)]
    for block in blocks:
        for name, value in _HEADER.findall(block):
            if _KEY_HEADER.search(name):
                scheme = _SCHEME.match(value)
                return {
                    "/platform/auth/header": name.lower(),
                    "/platform/auth/scheme": scheme[1] if scheme else "none",
                }
    return {}


def _polls(text: str) -> dict[str, Any]:
    """Return the paths of a job's state and of its result."""
    said: dict[str, Any] = {}
    for found in _GET.finditer(text):
        # Where line breaks were lost, what the step is called sticks to its path.
        path = re.split(r"(?<=[a-z}])(?=[A-Z])", found[1])[0]
        path, after = _PLACEHOLDER.sub("{request_id}", path).rstrip("."), found[2].lower()
        if "{request_id}" not in path:
            continue
        is_state = "poll" in after.split("\n\n")[-1][:20] or "status" in path or "state" in path
        said.setdefault(f"/platform/queue/{'status' if is_state else 'result'}_path", path)
    return said


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((group for group in found.groups() if group), None) if found else None


def _figures(pattern: re.Pattern[str], text: str) -> Any:
    """Return the figure that all matches give, or the list of those that differ."""
    figures = list(dict.fromkeys(float(group) for found in pattern.finditer(text) for group in found.groups() if group))
    return figures[0] if len(figures) == 1 else figures or None


def _seconds(found: re.Match[str] | None) -> float | None:
    if found is None:
        return None
    word = found[1].lower()
    unit = found[2].lower()
    amount = _AMOUNTS[word] if word in _AMOUNTS else float(word)
    return amount * _UNITS.get(unit, _UNITS.get(unit.removesuffix("s"), 1))


def _status(subject: str, text: str) -> int | None:
    found = re.search(subject + _HTTP, text)
    return int(found[1]) if found else None


def _fields(found: re.Match[str] | None) -> list[str]:
    return [] if found is None else [name for name in re.findall(r"[a-z][a-z0-9_]*", found[1]) if name != "and"]


def _result_fields(code: str) -> Iterator[str]:
    """Yield the fields of a job's result that the samples read, as paths: `metrics/inference_time`."""
    for found in _RESULT_FIELD.finditer(code):
        yield "/".join(re.findall(r"[\"']([A-Za-z_]\w*)[\"']", found[1]))


def _response_headers(reading: PageContent, service: Service) -> set[str]:
    """Return the response headers that the page's prose names."""
    key = _key(reading.page.code).get("/platform/auth/header")
    code = reading.sample.offset, reading.sample.end
    return {
        found[0]
        for found in _RESPONSE_HEADER.finditer(reading.page.text)
        if found[0] not in (key, service.auth_header.lower()) and not code[0] <= found.start() < code[1]
    }
