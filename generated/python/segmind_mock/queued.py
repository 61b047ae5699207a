"""v2: submit a job, poll its status, read its result, fetch its pictures."""

from __future__ import annotations

from typing import Any

from .asgi import Answer, html_answer, json_answer
from .exchange import Exchange, add_header
from .jobs import AS_USUAL, DONE, FAILED, PENDING, Job
from .limits import Refused
from .money import dollars
from .routes import MEDIA
from .spec.facts import Model
from .spec.platform import PLATFORM
from .state import Account

_QUEUE = PLATFORM.queue
#: One text for an id that is unknown, malformed, expired or another key's: the answer shall not tell which.
UNKNOWN = "The request was not found or has expired."


async def submit(exchange: Exchange, account: Account, model: Model) -> Answer:
    """Charges for a job and puts it into the queue. A refused submit leaves no job and costs nothing.

    Nor does a job that FAILED cost anything in the end: its charge is given back when it ends.
    """
    order, wrong = exchange.read_order(model)
    if model.submit is not None and model.submit.basis != "page":
        exchange.notes.append("submit-path")
    exchange.notes += ["submit-status", "response-headers"]
    if order.base64:
        exchange.notes.append("v2-base64")
    if order.pictures > 1:
        exchange.notes.append("many-outputs")
    exchange.refuse_guesses()
    state = exchange.mock.state
    price = exchange.charge(account, model)
    plan = exchange.scenario.plan if exchange.scenario is not None else AS_USUAL
    job = state.add_job(
        account, order, exchange.mock.settings.pace, plan._replace(error=wrong) if wrong else plan, price
    )
    exchange.request_id = job.id
    origin = exchange.request.origin
    status_url = origin + _QUEUE.status_path.replace("{request_id}", job.id)
    answer = json_answer(
        {
            "request_id": job.id,
            "status": PENDING[0],
            "status_url": status_url,
            "response_url": origin + _QUEUE.result_path.replace("{request_id}", job.id),
            "poll_url": status_url,
        }
    )
    add_header(answer, "request_id", job.id)
    add_header(answer, "cost", dollars(price))
    return answer


async def status(exchange: Exchange, account: Account) -> Answer:
    """Where the job stands; counts as a poll."""
    job = _find(exchange, account)
    if job.fault():
        exchange.note("scenario")
        return html_answer(502, PLATFORM.statuses[502].title)
    state = exchange.mock.state.poll(job)
    if state == FAILED:
        return _failed(exchange, job)
    return json_answer({"status": state, "metrics": _metrics(exchange, job) if state == DONE else {}})


async def result(exchange: Exchange, account: Account) -> Answer:
    """What came out of the job. Reading it moves nothing: not the job, and not the end of its hour."""
    job = _find(exchange, account)
    if job.state == FAILED:
        return _failed(exchange, job)
    if job.state != DONE:
        exchange.notes.append("early-result")
        exchange.refuse_guesses()
        return json_answer({"status": job.state, "metrics": {}})
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
    job = exchange.mock.state.job(request_id)
    if job is not None and job.state == DONE:
        order = job.order
        names = [f"{number}.{order.format}" for number in range(order.pictures)]
        if file in names:
            exchange.slug = order.slug
            picture = await exchange.mock.pictures.get(order, names.index(file))
            answer = Answer(200, picture, order.media_type.encode("ascii"))
            answer.add("x-content-type-options", "nosniff")
            return answer
    raise Refused(404, UNKNOWN)


def _find(exchange: Exchange, account: Account) -> Job:
    job = exchange.mock.state.job(exchange.request_id or "", account)
    if job is None:
        exchange.notes += ["retention-start", "foreign-request"]
        raise Refused(_QUEUE.unknown_status, UNKNOWN)
    exchange.slug = job.order.slug
    return job


def _failed(exchange: Exchange, job: Job) -> Answer:
    exchange.notes.append("failed-charge")
    content = {"status": FAILED, PLATFORM.error_key: job.plan.error, "metrics": _metrics(exchange, job)}
    answer = json_answer(content, _QUEUE.failed_status)
    answer.refusal = job.plan.error
    return answer


def _metrics(exchange: Exchange, job: Job) -> dict[str, float]:
    exchange.notes.append("inference-time")
    return {"inference_time": job.order.seconds}
