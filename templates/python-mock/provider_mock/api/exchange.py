"""The mock's parts and one exchange: a request on its way through the mock, with what is known of its answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from ..checks.findings import FindingLog, ProxyFinding
from ..media.answers import tokens_of
from ..media.file_cache import FileCache
from ..media.files import is_seed_clip
from ..platform.basis_header import NOTES, guesses
from ..platform.statuses import INVALID
from ..server.asgi import Answer, Request
from ..server.cors import CorsPolicy
from ..server.hosts import Hosts
from ..server.limits import RequestRefused, parameters_in, parse_json, refusal
from ..settings import Settings
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..spec.pricing import price_of, token_price, usual_price
from ..state import redaction
from ..state.account import Account
from ..state.clock import Clock
from ..state.money import micros
from ..state.redaction import Redactor
from ..state.store import Bounds, Transaction, open_store
from .generation_request import GenerationRequest, read_generation_request
from .routes import Routes
from .rules import NO_RULES
from .scenarios import NO_SCENARIO

KEY_HEADER = redaction.KEY_HEADER.encode("ascii")
_LONGEST_KEY = 512
#: The number of bodies that are remembered, and the length of the longest in bytes.
_MOST_READINGS, _LONGEST_READING = 1024, 4096

T = TypeVar("T")


class Reading(NamedTuple):
    """A body that was read: its parameters, their violations, whether some have undocumented values, and the generation
    that they ask for."""

    payload: Mapping[str, Any]
    wrong: str | None
    has_undocumented: bool
    generation: GenerationRequest


class Mock:
    """The parts of one mock. Each part keeps its own bounds."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.redactor = Redactor()
        self.hosts = Hosts(settings.hosts, settings.public_url)
        self.cors = CorsPolicy(settings.cors, settings.cors_admin)
        self.files = FileCache(settings.cache_bytes, settings.pixels_in_flight)
        self.routes = Routes()
        self._readings: dict[tuple[str, str, bytes], Reading] = {}
        self.rules = NO_RULES
        if settings.rules is not None:
            # Without rules, YAML is not loaded.
            from .rules_file import read_rules

            self.rules = read_rules(settings.rules)
        self.findings = FindingLog(settings.journal_entries, self.redactor.clean)
        bounds = Bounds(
            settings.credits,
            settings.accounts,
            settings.jobs_per_key,
            settings.jobs_total,
            settings.journal_entries,
            settings.journal_bytes,
        )
        self.store = open_store(settings.state, clock, bounds, self.redactor.clean)

    def answers_page(self, request: Request) -> bool:
        """Return whether the request is not from a web page, or from one that is allowed: of the mock itself, or with CORS."""
        origin = request.headers.get(b"origin")
        return (
            origin is None
            or self.hosts.same(origin, request.headers.get(b"host", b""))
            or self.cors.admits(origin, request.path)
        )

    def identify(self, headers: dict[bytes, bytes]) -> str | None:
        """Return the identity of the key that was sent; None without a key or if it is not accepted."""
        key = sent_key(headers)
        if key is None or len(key) > _LONGEST_KEY or (self.settings.keys and key not in self.settings.keys):
            return None
        return self.redactor.identify(key)

    def read(self, model: Model, pointer: str, body: bytes) -> Reading:
        """Read and validate a body with the parameters at `pointer`. Jobs and journal share what equal bodies say.

        Raises RequestRefused for a body without parameters.
        """
        key = model.slug, pointer, body
        known = self._readings.get(key)
        if known is None:
            payload = parameters_in(parse_json(body), pointer)
            wrong = "; ".join(map(str, model.validate(payload))) or None
            known = Reading(payload, wrong, bool(model.advise(payload)), read_generation_request(model, payload))
            if len(self._readings) >= _MOST_READINGS:
                self._readings.clear()
            if len(body) <= _LONGEST_READING:
                self._readings[key] = known
        return known

    def price(self, model: Model, payload: Mapping[str, Any], generation: GenerationRequest) -> tuple[int, bool]:
        """Return the price of one request, in millionths of a dollar, and whether the page documents exactly it.

        Of a range it is the upper end, of one without an upper end the lower one, and of an average the average. Tokens are
        counted as the answer states them.
        """
        if model.output.media == "text" and (of_tokens := token_price(model, *tokens_of(generation))) is not None:
            return micros(of_tokens), not any("average" in rate for rate in model.pricing)
        bounds = price_of(model, payload)
        if bounds is not None and bounds.low_usd == bounds.high_usd:
            return micros(bounds.low_usd), True
        if bounds is None and self.settings.basis == "documented":
            # With `--basis documented`, a model without a price is free.
            return 0, False
        usual = usual_price(model, payload)
        return self.settings.default_price if usual is None else micros(usual), False


class Exchange:
    """One request, and what is known so far of its answer. `pointer` is where the parameters are in its body.

    `notes` are the names of the notes that the answer rests on, `charged` is the price in millionths of a dollar, `delay`
    is the latency in seconds.
    """

    __slots__ = (
        "account",
        "charged",
        "delay",
        "findings",
        "identity",
        "mock",
        "notes",
        "payload",
        "pointer",
        "request",
        "request_id",
        "scenario",
        "slug",
    )

    def __init__(self, mock: Mock, request: Request) -> None:
        self.mock = mock
        self.request = request
        self.identity: str | None = None
        self.account: Account | None = None
        self.charged = 0
        self.scenario = NO_SCENARIO
        self.delay = 0.0
        self.slug: str | None = None
        self.pointer = ""
        self.payload: Mapping[str, Any] | None = None
        self.request_id: str | None = None
        self.notes: list[str] = []
        self.findings: list[ProxyFinding] = []

    def note(self, name: str) -> None:
        """Add a note that the answer rests on."""
        if name not in self.notes:
            self.notes.append(name)

    def sender(self) -> str | None:
        """Return the identity of the key that was sent, accepted or not."""
        if self.identity is not None:
            return self.identity
        key = sent_key(self.request.headers)
        return None if key is None else self.mock.redactor.identify(key[:_LONGEST_KEY])

    async def run(self, work: Callable[[Transaction], T], job: str | None = None) -> T:
        """Run one step on the sender's account, if the key is accepted, and on the job with this id."""

        def step(transaction: Transaction) -> T:
            if self.identity is not None:
                self.account = transaction.account
            return work(transaction)

        return await self.mock.store.run(step, self.identity, job)

    def peek(self) -> dict[str, Any] | None:
        """Return the payload for the journal without checking it; None if it cannot be read."""
        try:
            return parameters_in(parse_json(self.request.body), self.pointer) if self.request.body else None
        except RequestRefused:
            return None

    def read_generation(self, model: Model, lenient: bool = False) -> tuple[GenerationRequest, str | None]:
        """Read and validate the payload. With `lenient`, return its violations instead of raising.

        Raises RequestRefused with all violations.
        """
        self.payload, wrong, has_undocumented, generation = self.mock.read(model, self.pointer, self.request.body)
        if wrong and not lenient:
            raise RequestRefused(INVALID, wrong)
        if has_undocumented:
            self.note("undocumented-value")
        if generation.pixels > self.mock.settings.pixels_in_flight:
            raise RequestRefused(INVALID, f"{generation.width} x {generation.height} is more than this mock draws.")
        if generation.excess is not None:
            raise RequestRefused(INVALID, generation.excess)
        return generation, wrong

    def refuse_guesses(self) -> None:
        """Raise RequestRefused (501) if the answer would rest on a guess and `--basis documented` is set."""
        if self.mock.settings.basis == "documented" and (unsure := guesses(self.notes)):
            said = " ".join(f"{name}: {NOTES[name].meaning}" for name in unsure)
            raise RequestRefused(501, f"No page documents what the service answers here. {said}")

    def price(self, model: Model, generation: GenerationRequest) -> int:
        """Return the price of the request in millionths of a dollar."""
        price, documented = self.mock.price(model, self.payload or {}, generation)
        if not documented and price:
            self.note("price")
        return price


def pay(account: Account, price: int, drains: bool = False) -> int:
    """Charge the price, and with `drains` also the remaining credits. Return the price that was charged.

    Raises RequestRefused if the credits do not suffice. If the platform has no error for that, the remaining credits are
    charged.
    """
    if not account.charge(price):
        if PLATFORM.status("no_credits") is not None:
            raise refusal("no_credits")
        price = min(price, account.credits)
        account.charge(price)
    if drains:
        account.charge(account.credits)
    return price


def notes_about(generation: GenerationRequest) -> list[str]:
    """Return the notes that the content of an answer rests on, whichever endpoint gives it."""
    if generation.media == "text":
        return ["chat-text"]
    if generation.media == "json":
        return ["json-answer"]
    return ["seed-clip"] if is_seed_clip(generation) else []


def sent_key(headers: dict[bytes, bytes]) -> str | None:
    """Return the API key in the headers; None if there is none."""
    sent = headers.get(KEY_HEADER)
    return (PLATFORM.auth.key_in(sent.decode("latin-1")) or None) if sent else None


def add_header(answer: Answer, name: str, value: object) -> None:
    """Add one of the platform's headers by its name in the spec. Does nothing if the platform does not have it."""
    header = PLATFORM.headers.get(name)
    if header is not None:
        answer.add(header.name, value)
