"""The synchronous endpoint: the image in the answer, as bytes or as base64 in JSON."""

from __future__ import annotations

from base64 import b64encode
from uuid import uuid4

from ..platform.bodies import body, one_or_list
from ..server.asgi import Answer, json_answer
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..state.money import dollars
from .exchange import Exchange, add_header, pay
from .generation_request import GenerationRequest


async def generate(exchange: Exchange, model: Model) -> Answer:
    """Generate the images of the payload and charge for them. An image that is not delivered is refunded."""
    generation, _ = exchange.read_generation(model)
    scenario = exchange.scenario
    as_json = PLATFORM.sync.returns == "json" or generation.base64 or scenario.as_json
    exchange.notes += ["base64-body"] if as_json else ["many-bytes"] if generation.images > 1 else []
    exchange.notes += ["response-headers", "inference-time"]
    if model.output.format is None:
        exchange.notes.append("format")
    exchange.refuse_guesses()
    price = exchange.price(model)
    paid = await exchange.run(lambda transaction: pay(transaction.account, price, scenario.drains))
    exchange.charged = price
    try:
        # One after the other, so that the large images of one request are not all in memory.
        images = [await exchange.mock.images.get(generation, n) for n in range(generation.images if as_json else 1)]
    except BaseException:
        await exchange.run(lambda transaction: transaction.account.refund(paid))
        exchange.charged = 0
        raise
    if as_json:
        answer = _in_json(generation, images, scenario.broken_base64)
    else:
        answer = Answer(200, images[0], (scenario.claims or generation.media_type).encode("ascii"))
    exchange.request_id = str(uuid4())
    add_header(answer, "request_id", exchange.request_id)
    add_header(answer, "generation_time", generation.seconds)
    add_header(answer, "seed", generation.seed)
    add_header(answer, "cost", dollars(price))
    return answer


def _in_json(generation: GenerationRequest, images: list[bytes], broken: bool) -> Answer:
    encoded = [b64encode(image).decode("ascii") for image in images]
    if broken:
        encoded = [f"{text[: len(text) // 2]}*" for text in encoded]
    held = one_or_list("media", "base64", encoded)
    return json_answer(body("media", base64=held, media_format=generation.format, media_seconds=generation.seconds))
