"""v2: submit a job, poll its status, read its result, fetch its pictures."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import uuid4

from .asgi import Answer, json_answer
from .exchange import Exchange, add_header, pay
from .faults import instead
from .jobs import DONE, FAILED, PENDING, Job
from .limits import Refused
from .money import dollars
from .routes import MEDIA
from .scenarios import named
from .spec.facts import Model
from .spec.platform import PLATFORM
from .store import Transaction

_QUEUE = PLATFORM.queue
_FAILED_STATUS = next(each.http for each in PLATFORM.queue.acceptors if each.outcome == "failed")
_UNKNOWN_STATUS = next(each.status for each in PLATFORM.statuses.values() if each.role == "not_found")
#: One text for an id that is unknown, malformed, expired or another key's: the answer shall not tell which.
UNKNOWN = "The request was not found or has expired."


async def submit(exchange: Exchange, model: Model) -> Answer:
    """Charges for a job and puts it into the queue. A refused submit leaves no job and costs nothing.

    Nor does a job that FAILED cost anything in the end: its charge is given back when it ends.
    """
    order, wrong = exchange.read_order(model, exchange.scenario.lenient)
    if model.submit is not None and model.submit.basis != "page":
        exchange.notes.append("submit-path")
    exchange.notes += ["submit-status", "response-headers"]
    if order.base64:
        exchange.notes.append("v2-base64")
    if order.pictures > 1:
        exchange.notes.append("many-outputs")
    exchange.refuse_guesses()
    price = exchange.price(model)
    scenario, plan = exchange.scenario, exchange.scenario.plan
    if wrong:
        plan = plan._replace(error=wrong)
    # Never used before, and never will be again.
    request_id = str(uuid4())

    def accept(transaction: Transaction) -> None:
        account, now = transaction.account, transaction.clock.now()
        pay(account, price, scenario.drains)
        transaction.add(Job(request_id, account.id, order, exchange.mock.settings.pace, plan, now, price))

    await exchange.run(accept)
    exchange.charged = price
    exchange.request_id = request_id
    origin = exchange.request.origin
    if scenario.urls != "own":
        origin = exchange.mock.hosts.elsewhere(origin) if scenario.urls == "foreign" else ""
    status_url = origin + _QUEUE.status_path.replace("{request_id}", request_id)
    answer = json_answer(
        {
            "request_id": request_id,
            "status": PENDING[0],
            "status_url": status_url,
            "response_url": origin + _QUEUE.result_path.replace("{request_id}", request_id),
            "poll_url": status_url,
        }
    )
    add_header(answer, "request_id", request_id)
    add_header(answer, "cost", dollars(price))
    return answer


class _Seen(NamedTuple):
    """What a request found: a job, its state at that moment, and what came back to the account because it failed."""

    job: Job
    state: str
    refund: int = 0
    fault: str | None = None


async def status(exchange: Exchange) -> Answer:
    """Where the job stands; counts as a poll."""
    seen = await _find(exchange, poll=True)
    if seen.fault is not None:
        exchange.note("scenario")
        exchange.scenario = named(seen.fault)
        answer = instead(exchange, "status")
        assert answer is not None, "only scenarios that answer are faults of polls"
        return answer
    if seen.state == FAILED:
        return _failed(exchange, seen.job)
    return json_answer({"status": seen.state, "metrics": _metrics(exchange, seen.job) if seen.state == DONE else {}})


async def result(exchange: Exchange) -> Answer:
    """What came out of the job. Reading it moves nothing: not the job, and not the end of its hour."""
    job, state, *_ = await _find(exchange)
    if state == FAILED:
        return _failed(exchange, job)
    if state != DONE:
        exchange.notes.append("early-result")
        exchange.refuse_guesses()
        return json_answer({"status": state, "metrics": {}})
    order = job.order
    images: list[dict[str, Any]] = []
    for number in range(order.pictures):
        picture = await exchange.mock.pictures.get(order, number)
        file = f"{number}.{order.format}"
        url = exchange.request.origin + MEDIA.format(request_id=job.id, number=number, extension=order.format)
        images.append(
            {
                "url": url,
                "content_type": order.media_type,
                "file_name": f"{job.id}-{file}",
                "file_size": len(picture),
            }
        )
    urls = [image["url"] for image in images]
    exchange.notes.append("images")
    exchange.notes += ["v2-base64"] if order.base64 else []
    exchange.notes += ["many-outputs"] if len(urls) > 1 else []
    return json_answer(
        {
            "status": DONE,
            "output": urls if len(urls) > 1 else urls[0],
            "images": images,
            "metrics": _metrics(exchange, job),
        }
    )


async def media(exchange: Exchange, request_id: str, file: str) -> Answer:
    """One picture of a finished job. No key is asked for, as on a CDN: the id in the URL cannot be guessed."""
    seen = await exchange.run(_look, request_id)
    if seen is not None and seen.state == DONE:
        order = seen.job.order
        names = [f"{number}.{order.format}" for number in range(order.pictures)]
        if file in names:
            exchange.slug = order.slug
            picture = await exchange.mock.pictures.get(order, names.index(file))
            answer = Answer(200, picture, order.media_type.encode("ascii"))
            answer.add("x-content-type-options", "nosniff")
            return answer
    raise Refused(404, UNKNOWN)


async def _find(exchange: Exchange, poll: bool = False) -> _Seen:
    """The sender's own job, up to date. Raises Refused (404)."""

    def step(transaction: Transaction) -> _Seen | None:
        job, account = transaction.job, transaction.account
        if job is None or job.account != account.id:
            return None
        seen = _look(transaction, poll)
        owed = job.settle()
        account.refund(owed)
        return seen and seen._replace(refund=owed)

    seen = await exchange.run(step, exchange.request_id)
    if seen is None:
        exchange.notes += ["retention-start", "foreign-request"]
        raise Refused(_UNKNOWN_STATUS, UNKNOWN)
    exchange.slug = seen.job.order.slug
    exchange.charged = -seen.refund
    return seen


def _look(transaction: Transaction, poll: bool = False) -> _Seen | None:
    """Brings the job up to date, and counts a poll if this is one; None if there is no such job any more."""
    job, now = transaction.job, transaction.clock.now()
    if job is None:
        return None
    job.look(now)
    if job.expired(now):
        return None
    if poll and (fault := job.fault()) is not None:
        return _Seen(job, job.state, fault=fault)
    state = job.poll(now) if poll else job.state
    return _Seen(job, state)


def _failed(exchange: Exchange, job: Job) -> Answer:
    exchange.notes.append("failed-charge")
    content = {"status": FAILED, PLATFORM.roles["error_text"][1:]: job.plan.error, "metrics": _metrics(exchange, job)}
    answer = json_answer(content, _FAILED_STATUS)
    answer.refusal = job.plan.error
    return answer


def _metrics(exchange: Exchange, job: Job) -> dict[str, float]:
    exchange.notes.append("inference-time")
    return {"inference_time": job.order.seconds}
