"""One request on its way through the mock, and the mock's parts that handlers work with."""

from __future__ import annotations

from typing import Any

from .asgi import Answer, Request
from .basis import NOTES, guesses
from .clock import Clock
from .findings import Finding, Findings
from .hosts import Hosts
from .journal import Journal
from .limits import Refused, parse_json
from .money import micros
from .order import Order, read_order
from .pictures import Pictures
from .redaction import Redactor
from .routes import Routes
from .scenarios import Scenario
from .settings import Settings
from .spec.facts import Model
from .spec.platform import PLATFORM
from .state import Account, State

_KEY_HEADER = PLATFORM.key_header.lower().encode("ascii")
_LONGEST_KEY = 512


class Mock:
    """Everything one mock consists of. Each part keeps its own bounds."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redactor = Redactor()
        self.hosts = Hosts(settings.hosts, settings.public_url)
        self.journal = Journal(settings.journal_entries, settings.journal_bytes, self.redactor)
        self.pictures = Pictures(settings.cache_bytes, settings.pixels_in_flight)
        self.routes = Routes()
        self.findings = Findings(settings.journal_entries, self.redactor.clean)
        self.state = State(
            clock,
            self.redactor,
            settings.credits,
            settings.accounts,
            settings.jobs_per_key,
            settings.jobs_total,
        )

    def account(self, headers: dict[bytes, bytes]) -> Account | None:
        """The account of the key that was sent; None if there is no key, or it is not accepted here."""
        key = sent_key(headers)
        if key is None or len(key) > _LONGEST_KEY or (self.settings.keys and key not in self.settings.keys):
            return None
        return self.state.account(key)

    def price(self, model: Model) -> tuple[int, bool]:
        """What one request costs, in millionths, and whether the page says so."""
        if model.price_usd is not None:
            return micros(model.price_usd), True
        # Where guessing is not wanted, what has no price costs nothing.
        return (0 if self.settings.basis == "documented" else self.settings.default_price), False


class Exchange:
    """What has been found out about a request so far; `notes` are the names of what its answer rests on."""

    __slots__ = ("account", "findings", "mock", "notes", "payload", "request", "request_id", "scenario", "slug")

    def __init__(self, mock: Mock, request: Request) -> None:
        self.mock = mock
        self.request = request
        self.account: Account | None = None
        self.scenario: Scenario | None = None
        self.slug: str | None = None
        self.payload: dict[str, Any] | None = None
        self.request_id: str | None = None
        self.notes: list[str] = []
        self.findings: list[Finding] = []

    def note(self, name: str) -> None:
        """Notes that the answer rests on this, too."""
        if name not in self.notes:
            self.notes.append(name)

    def key_label(self) -> str | None:
        """The label of the key that was sent, accepted or not."""
        if self.account is not None:
            return self.account.label
        key = sent_key(self.request.headers)
        return None if key is None else self.mock.redactor.label(key[:_LONGEST_KEY])

    def peek(self) -> dict[str, Any] | None:
        """The payload, for the journal of a request that is answered without being looked at; None if unreadable."""
        try:
            return parse_json(self.request.body) if self.request.body else None
        except Refused:
            return None

    def read_order(self, model: Model) -> tuple[Order, str | None]:
        """Reads and checks the payload: what it orders, and what is wrong with it if the scenario lets that pass.

        Raises Refused (400) with everything that is wrong, in the validator's words.
        """
        payload = self.payload = parse_json(self.request.body)
        violations = model.validate(payload)
        wrong = "; ".join(map(str, violations)) or None
        if wrong and not (self.scenario is not None and self.scenario.lenient):
            raise Refused(400, wrong)
        order = read_order(model, payload)
        if order.pixels > self.mock.settings.pixels_in_flight:
            raise Refused(400, f"{order.width} x {order.height} is more than this mock draws.")
        return order, wrong

    def refuse_guesses(self) -> None:
        """Under `--basis documented`, raises Refused (501) if the answer would rest on a guess."""
        if self.mock.settings.basis == "documented" and (unsure := guesses(self.notes)):
            said = " ".join(f"{name}: {NOTES[name].words}" for name in unsure)
            raise Refused(501, f"No page says what the service answers here. {said}")

    def charge(self, account: Account, model: Model) -> int:
        """Takes the model's price; gives it in millionths. Raises Refused (406) if the account has not got it."""
        price, documented = self.mock.price(model)
        if not documented and price:
            self.note("price")
        if not self.mock.state.charge(account, price):
            status = PLATFORM.statuses[406]
            raise Refused(406, f"{status.title}: {status.meaning}")
        return price


def sent_key(headers: dict[bytes, bytes]) -> str | None:
    """The API key in the headers; None if there is none."""
    sent = headers.get(_KEY_HEADER)
    return sent.decode("latin-1") if sent else None


def add_header(answer: Answer, name: str, value: object) -> None:
    """Adds one of the platform's headers, by our own name for it; none if the spec does not know it."""
    header = PLATFORM.headers.get(name)
    if header is not None:
        answer.add(header.name, value)
