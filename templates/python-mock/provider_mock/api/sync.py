"""The synchronous endpoint: what the model made is in the answer, as bytes, as base64 in JSON, or as JSON."""

from __future__ import annotations

import json
from base64 import b64encode

from ..platform.bodies import body, one_or_list
from ..server.asgi import Answer, json_answer
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..state.money import dollars
from .exchange import Exchange, add_header, notes_about, pay
from .generation_request import GenerationRequest
from .jobs import new_id


async def generate(exchange: Exchange, model: Model) -> Answer:
    """Generate what the payload asks for and charge for it. What is not delivered is refunded."""
    generation, _ = exchange.read_generation(model)
    scenario = exchange.scenario
    is_data = generation.is_data
    as_json = not is_data and (PLATFORM.sync.returns == "json" or generation.base64 or scenario.as_json)
    exchange.notes += ["base64-body"] if as_json else ["many-bytes"] if generation.images > 1 and not is_data else []
    exchange.notes += ["response-headers", "inference-time", *notes_about(generation)]
    if model.output.format is None and not is_data:
        exchange.notes.append("format")
    exchange.refuse_guesses()
    price = exchange.price(model, generation)
    paid = await exchange.run(lambda transaction: pay(transaction.account, price, scenario.drains))
    exchange.charged = price
    try:
        # One after the other, so that the large files of one request are not all in memory.
        files = [await exchange.mock.files.get(generation, n) for n in range(generation.images if as_json else 1)]
    except BaseException:
        await exchange.run(lambda transaction: transaction.account.refund(paid))
        exchange.charged = 0
        raise
    if as_json:
        answer = _in_json(generation, files, scenario.broken_base64)
    elif is_data:
        answer = _data(generation, files[0])
    else:
        answer = Answer(200, files[0], (scenario.claims or generation.media_type).encode("ascii"))
    exchange.request_id = new_id()
    add_header(answer, "request_id", exchange.request_id)
    add_header(answer, "generation_time", generation.seconds)
    add_header(answer, "seed", generation.seed)
    add_header(answer, "cost", dollars(price))
    return answer


def _in_json(generation: GenerationRequest, files: list[bytes], broken: bool) -> Answer:
    medium = generation.media
    encoded = [b64encode(file).decode("ascii") for file in files]
    if broken:
        encoded = [f"{text[: len(text) // 2]}*" for text in encoded]
    held = one_or_list("media", "base64", encoded, medium)
    facts = {"base64": held, "media_format": generation.format, "media_seconds": generation.seconds}
    return json_answer(body("media", medium, **facts))


def _data(generation: GenerationRequest, answer: bytes) -> Answer:
    """Return the answer of a text or JSON model: the whole body, or where the platform has it."""
    if "data" in PLATFORM.media[generation.media].roles:
        return json_answer(body("media", generation.media, data=json.loads(answer), media_seconds=generation.seconds))
    return Answer(200, answer, b"application/json")
