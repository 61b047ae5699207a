"""Check that a page is the provider's: compare the hosts and the authentication of its samples with the platform."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..service import Service
from .page import AFTER_ADDRESS, NotAModelPage, Page
from .rows import Doubt

_URL = re.compile(r"(https?)://([^\s/\"'`<>\\{}()]{1,253})((?:/[A-Za-z0-9._~%-]+)+)", re.IGNORECASE)
_HEADERS = re.compile(r"headers\"?\s*[:=]\s*(?:\w+\()?\{([^}]{0,1000})", re.IGNORECASE)
_HEADER = re.compile(r"[\"']?([A-Za-z][A-Za-z0-9-]{1,50})[\"']?\s*:\s*([^\n,}]{0,200})")
_CURL_HEADER = re.compile(r"(?:-H|--header)[ =]\s*[\"']([A-Za-z][A-Za-z0-9-]{1,50})\s*:\s*([^\"'\n]{0,200})")
_CREDENTIAL = re.compile(
    r"(?:proxy-)?authorization\Z|.*(?:api-?key|access-?key|subscription-key|auth-?token|access-?token)\Z|x-(?:key|token)\Z",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"f?[\"'`]?\s*(Bearer|Basic|Key|Token|Api-Key)\s", re.IGNORECASE)
#: Letters that look alike.
_LOOK_ALIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "5": "s", "\u0131": "l", "\u0430": "a", "\u0435": "e", "\u043e": "o"}
    | {"\u0440": "p", "\u0441": "c", "\u0456": "l", "\u0455": "s", "\u0501": "d", "\u03bf": "o"}
)
#: What stands before an address that is called, and not merely named or sent as a value.
_CALLED = re.compile(
    r"(?:POST\s*|\burl\w*\s*[=:]\s*f?[\"'`]?|\b(?:post|fetch|request)\(\s*(?:url\s*=\s*|[\"']POST[\"'],\s*)?f?[\"'`]?|"
    r"\bcurl\b[^\n]*|Endpoint\s*)\Z",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Call:
    """An address that a page prints: its scheme, its host with the port, its path, and the offset."""

    scheme: str
    host: str
    path: str
    offset: int


def calls_of(page: Page) -> list[Call]:
    """Return each address on the page that has a path, in order."""
    calls: list[Call] = []
    for found in _URL.finditer(page.plain_code):
        path = AFTER_ADDRESS.split(found[3])[0].rstrip(".-_")
        host = found[2].rpartition("@")[2].lower().rstrip(".")
        calls.append(Call(found[1].lower(), host, path, found.start()))
    return calls


def own_calls(page: Page, calls: list[Call], service: Service, doubts: list[Doubt]) -> list[Call]:
    """Return those of the calls of a page that are calls of a model and go to the platform.

    Raises:
        NotAModelPage: They all go to another provider.
    """
    models = [call for call in calls if _is_model_path(call.path, service)]
    if service.is_known_page:
        return models
    own = [call for call in models if call.host in service.hosts]
    foreign = [call for call in models if call.host not in service.hosts and _is_called(page, call)]
    siblings = [call for call in foreign if _is_sibling(call.host, service)]
    if own:
        paths = {call.path for call in own}
        if other := next((call for call in foreign if call.path in paths), None):
            message = f"the page calls the model at {other.host}, too, which is not a host of {service.name}"
            doubts.append(Doubt(other.offset, message, "/sync"))
        _note_scheme(own, service, doubts)
        return own
    if siblings:
        message = f"the page calls {siblings[0].host}; the host of {service.name} is {service.hosts[0]}"
        doubts.append(Doubt(siblings[0].offset, message, "/sync"))
        return siblings
    if foreign:
        raise NotAModelPage(_words_for(foreign[0].host, service))
    return []


def called_in(page: Page, calls: list[Call]) -> list[Call]:
    """Return those of the addresses on a page that it calls, and does not merely name or send."""
    return [call for call in calls if _is_called(page, call)]


def has_slug(path: str, slug: str) -> bool:
    """Return whether a path has the slug as one of its segments, or several of them if it holds a slash.

    >>> has_slug("/v9/acme-sketch/run", "acme-sketch"), has_slug("/v9/acme-sketch-2", "acme-sketch")
    (True, False)
    """
    return f"/{slug}/" in f"{path}/"


def compare_credentials(page: Page, service: Service, *, has_own_host: bool) -> Iterator[Doubt]:
    """Yield a doubt if the samples authenticate in another way than the platform wants.

    Raises:
        NotAModelPage: And the page does not call a host of the platform.
    """
    if service.is_known_page:
        return
    wanted = f"{service.auth_header}{f': {service.auth_scheme}' if service.auth_scheme else ''}"
    sent = [(name, scheme, offset) for name, scheme, offset in _credentials(page)]
    wrong = [
        (f"{name}{f': {scheme}' if scheme else ''}", offset)
        for name, scheme, offset in sent
        if (name.lower(), scheme.lower()) != (service.auth_header.lower(), service.auth_scheme.lower())
    ]
    if not wrong:
        return
    shown, offset = wrong[0]
    if not has_own_host and len(wrong) == len(sent):
        raise NotAModelPage(
            f"it authenticates with the header {shown} where {service.name} takes {wanted}: it is another provider's page. docs/providers.md says how to add a provider"
        )
    yield Doubt(offset, f"a sample authenticates with the header {shown}, but {service.name} takes {wanted}", "/sync")


def _credentials(page: Page) -> Iterator[tuple[str, str, int]]:
    """Yield name, scheme and offset of each header that holds a key."""
    places = [(found.start(1), found[1]) for found in _HEADERS.finditer(page.code)]
    headers = [(at + found.start(), found[1], found[2]) for at, text in places for found in _HEADER.finditer(text)]
    headers += [(found.start(), found[1], found[2]) for found in _CURL_HEADER.finditer(page.code)]
    for at, name, value in headers:
        if _CREDENTIAL.match(name):
            scheme = _SCHEME.match(value.strip())
            yield name, scheme[1] if scheme else "", at


def _is_model_path(path: str, service: Service) -> bool:
    return not service.is_job_path(path) and any(endpoint.parted(path) for endpoint in service.endpoints)


def _is_called(page: Page, call: Call) -> bool:
    return _CALLED.search(page.code, max(0, call.offset - 200), call.offset) is not None


def _is_sibling(host: str, service: Service) -> bool:
    """Return whether a host is another one of the same provider: of the same domain, with another name before it."""
    return any(f".{host}".endswith(f".{_domain(own)}") and ":" not in host for own in service.hosts)


def _domain(host: str) -> str:
    labels = host.partition(":")[0].split(".")
    return ".".join(labels[1:] if len(labels) > 2 else labels)


def _note_scheme(own: list[Call], service: Service, doubts: list[Doubt]) -> None:
    wrong = next((call for call in own if call.scheme not in service.schemes), None)
    if wrong is not None:
        message = f"the page calls {wrong.scheme}://{wrong.host}; {service.name} is called over {service.schemes[0]}"
        doubts.append(Doubt(wrong.offset, message, "/sync"))


def _words_for(host: str, service: Service) -> str:
    own = next((own for own in service.hosts if _look_alike(own, host)), "")
    if own:
        return f"its endpoint is at {_shown(host)}, which looks like {own} but is another host"
    return f"its endpoint is at {_shown(host)}, not at {' or '.join(service.hosts)}: it is another provider's page. docs/providers.md says how to add a provider"


def _shown(host: str) -> str:
    """Return a host with each letter that is not ASCII as its code point."""
    return "".join(sign if " " < sign < "\x7f" else f"<U+{ord(sign):04X}>" for sign in host[:100])


def _look_alike(one: str, other: str) -> bool:
    """Return whether two different hosts are easily confused: one or two letters differ, or letters that look alike."""
    first, second = (host.translate(_LOOK_ALIKE).replace("rn", "m").replace("vv", "w") for host in (one, other))
    return _distance(first, second) <= 2 or _distance(one, other) <= 2


def _distance(one: str, other: str) -> int:
    """Return the edit distance of two short texts."""
    if abs(len(one) - len(other)) > 3:
        return 4
    row = list(range(len(other) + 1))
    for index, sign in enumerate(one, 1):
        before, row[0] = row[0], index
        for at, letter in enumerate(other, 1):
            before, row[at] = row[at], min(row[at] + 1, row[at - 1] + 1, before + (sign != letter))
    return row[-1]
