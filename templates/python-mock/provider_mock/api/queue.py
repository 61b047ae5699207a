"""The queue's endpoints: submit a job, poll its status, read its result, download its files."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, NamedTuple

from ..platform.assumptions import SUBMITTED, VALIDATES_LATER
from ..platform.bodies import file_body, job_body, one_or_list
from ..platform.statuses import NOT_FOUND
from ..server.asgi import Answer, error_answer
from ..server.limits import RequestRefused
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..spec.service import Acceptor, Verdict
from ..state.money import dollars
from ..state.store import Transaction
from .exchange import Exchange, add_header, notes_about, pay
from .faults import fault_answer
from .jobs import FAILED, FIRST, Job, new_id
from .routes import MEDIA, path_of
from .scenarios import named

_QUEUE = PLATFORM.queue
#: One message for an id that is unknown, malformed, expired or another key's, so that the answer does not tell which.
UNKNOWN = "The request was not found or has expired."


async def submit(exchange: Exchange, model: Model) -> Answer:
    """Charge for a job and queue it. A refused submit leaves no job and costs nothing.

    The price of a failed job is refunded when it ends, unless the platform bills failures.
    """
    generation, wrong = exchange.read_generation(model, exchange.scenario.lenient or VALIDATES_LATER)
    if model.submit is not None and model.submit.basis != "page":
        exchange.notes.append("submit-path")
    exchange.notes += ["submit-status", "response-headers"]
    if generation.base64:
        exchange.notes.append("v2-base64")
    if generation.images > 1 and not generation.is_data:
        exchange.notes.append("many-outputs")
    exchange.refuse_guesses()
    price = exchange.price(model, generation)
    scenario, plan = exchange.scenario, exchange.scenario.plan
    if wrong:
        plan = plan._replace(error=wrong)
    # Unique, so that an id is never used twice.
    request_id = new_id()

    def accept(transaction: Transaction) -> None:
        account, now = transaction.account, transaction.clock.now()
        paid = pay(account, price, scenario.drains)
        transaction.add(Job(request_id, account.id, generation, exchange.mock.settings.pace, plan, now, paid))

    await exchange.run(accept)
    exchange.charged = price
    exchange.request_id = request_id
    origin = exchange.request.origin
    if scenario.urls != "own":
        origin = exchange.mock.hosts.elsewhere(origin) if scenario.urls == "foreign" else ""
    status_url = origin + path_of(_QUEUE.status_path, model.slug, request_id)
    facts = {
        "request_id": request_id,
        "status_url": status_url,
        "result_url": origin + path_of(_QUEUE.result_path, model.slug, request_id),
        "poll_url": status_url,
    }
    answer = Answer(SUBMITTED, job_body("submitted", FIRST, **facts))
    add_header(answer, "request_id", request_id)
    add_header(answer, "cost", dollars(price))
    return answer


class _JobView(NamedTuple):
    """The state of a job at the time of a request, and the amount refunded because it failed."""

    job: Job
    outcome: Verdict
    acceptor: Acceptor
    refund: int = 0
    fault: str | None = None


async def status(exchange: Exchange) -> Answer:
    """Answer with the job's state. Counts as a poll."""
    seen = await _find(exchange, poll=True)
    if seen.fault is not None:
        exchange.note("scenario")
        exchange.scenario = named(seen.fault)
        answer = fault_answer(exchange, "status")
        assert answer is not None, "only scenarios that answer are faults of polls"
        return answer
    if seen.outcome == "failed":
        return _failed(exchange, seen.job)
    if seen.outcome == "pending":
        return _state(seen.acceptor)
    exchange.notes.append("inference-time")
    return _state(seen.acceptor, inference_time=seen.job.generation.seconds)


async def result(exchange: Exchange) -> Answer:
    """Return the job's result. Reading it changes neither the job nor the end of its retention."""
    job, outcome, acceptor, *_ = await _find(exchange)
    if outcome == "failed":
        return _failed(exchange, job)
    if outcome == "pending":
        exchange.notes.append("early-result")
        exchange.refuse_guesses()
        return _state(acceptor)
    generation = job.generation
    facts = await (_data if generation.is_data else _files)(exchange, job)
    exchange.notes += ["inference-time", *notes_about(generation)]
    exchange.notes += ["v2-base64"] if generation.base64 else []
    return Answer(200, job_body("result", acceptor, generation.media, inference_time=generation.seconds, **facts))


async def _data(exchange: Exchange, job: Job) -> dict[str, Any]:
    """Return what a result says of the answer of a text or JSON model."""
    answer = await exchange.mock.files.get(job.generation, 0)
    is_text = PLATFORM.media[job.generation.media].output == "json-text"
    return {"output": answer.decode("ascii") if is_text else json.loads(answer)}


async def _files(exchange: Exchange, job: Job) -> dict[str, Any]:
    """Return what a result says of the files of a job."""
    generation, medium = job.generation, job.generation.media
    urls: list[str] = []
    files: list[dict[str, Any]] = []
    for number in range(generation.images):
        content = await exchange.mock.files.get(generation, number)
        name = f"{number}.{generation.format}"
        address = MEDIA.format(request_id=job.id, number=number, extension=generation.format)
        urls.append(exchange.request.origin + address)
        files.append(
            file_body(
                medium,
                file_url=urls[-1],
                file_type=generation.media_type,
                file_name=f"{job.id}-{name}",
                file_size=len(content),
            )
        )
    if "files" in PLATFORM.media[medium].roles:
        exchange.notes.append("images" if medium == "image" else "files")
    exchange.notes += ["many-outputs"] if len(urls) > 1 else []
    return {
        "output": one_or_list("result", "output", urls, medium),
        "files": one_or_list("result", "files", files, medium),
    }


async def media_file(exchange: Exchange, request_id: str, file: str) -> Answer:
    """Answer with one file of a finished job. As on a CDN, no key is needed: the id in the URL cannot be guessed."""
    seen = await exchange.run(_look, request_id)
    if seen is not None and seen.outcome == "done":
        generation = seen.job.generation
        count = 0 if generation.is_data else generation.images
        names = [f"{number}.{generation.format}" for number in range(count)]
        if file in names:
            exchange.slug = generation.slug
            content = await exchange.mock.files.get(generation, names.index(file))
            answer = Answer(200, content, generation.media_type.encode("ascii"))
            answer.add("x-content-type-options", "nosniff")
            return answer
    raise RequestRefused(NOT_FOUND, UNKNOWN)


async def _find(exchange: Exchange, poll: bool = False) -> _JobView:
    """Return the sender's job, updated. Raises RequestRefused if the sender has no such job."""
    slug = exchange.slug

    def step(transaction: Transaction) -> _JobView | None:
        job, account = transaction.job, transaction.account
        if job is None or job.account != account.id or slug not in (None, job.generation.slug):
            return None
        seen = _look(transaction, poll)
        if owed := job.settle():
            account.refund(owed)
            return seen and seen._replace(refund=owed)
        return seen

    seen = await exchange.run(step, exchange.request_id)
    if seen is None:
        exchange.notes += ["retention-start", "foreign-request"]
        raise RequestRefused(NOT_FOUND, UNKNOWN)
    exchange.slug = seen.job.generation.slug
    exchange.charged = -seen.refund
    return seen


def _look(transaction: Transaction, poll: bool = False) -> _JobView | None:
    """Update the job, and count a poll if this is one; None if there is no such job or it has expired."""
    job, now = transaction.job, transaction.clock.now()
    if job is None:
        return None
    job.look(now)
    if job.expired(now):
        return None
    if poll and (fault := job.fault()) is not None:
        return _JobView(job, job.outcome, job.acceptor, fault=fault)
    if poll:
        job.poll(now)
    return _JobView(job, job.outcome, job.acceptor)


def _state(acceptor: Acceptor, **facts: Any) -> Answer:
    return Answer(acceptor.http, _body_of_state(acceptor, **facts))


@lru_cache(maxsize=256)
def _body_of_state(acceptor: Acceptor, **facts: Any) -> bytes:
    return job_body("status", acceptor, **facts)


def _failed(exchange: Exchange, job: Job) -> Answer:
    exchange.notes.append("failed-charge")
    message = job.plan.error or ""
    if FAILED is None:
        # The platform has no state for a failed job, so the answer is an error.
        failure = PLATFORM.status("job_failed") or PLATFORM.status("server_error")
        return error_answer(failure.status if failure is not None else 500, message)
    exchange.notes.append("inference-time")
    facts: dict[str, Any] = {"error_text": message, "inference_time": job.generation.seconds}
    answer = Answer(FAILED.http, job_body("failed", FAILED, **facts))
    answer.refusal = message
    return answer
