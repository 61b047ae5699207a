"""Synchronous calls: the picture in the answer, as bytes or as base64 in JSON."""

from __future__ import annotations

from base64 import b64encode
from uuid import uuid4

from ..facts.bodies import body, one_or_list
from ..server.asgi import Answer, json_answer
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..state.money import dollars
from .exchange import Exchange, add_header, pay
from .order import Order


async def generate(exchange: Exchange, model: Model) -> Answer:
    """Draws what the payload asks for and charges for it. Nothing is charged for a picture that is not delivered."""
    order, _ = exchange.read_order(model)
    scenario = exchange.scenario
    as_json = PLATFORM.sync.returns == "json" or order.base64 or scenario.as_json
    exchange.notes += ["base64-body"] if as_json else ["many-bytes"] if order.pictures > 1 else []
    exchange.notes += ["response-headers", "inference-time"]
    if model.output.format is None:
        exchange.notes.append("format")
    exchange.refuse_guesses()
    price = exchange.price(model)
    paid = await exchange.run(lambda transaction: pay(transaction.account, price, scenario.drains))
    exchange.charged = price
    try:
        # One after the other: many large pictures of one request shall not be in memory together.
        pictures = [await exchange.mock.pictures.get(order, n) for n in range(order.pictures if as_json else 1)]
    except BaseException:
        await exchange.run(lambda transaction: transaction.account.refund(paid))
        exchange.charged = 0
        raise
    if as_json:
        answer = _in_json(order, pictures, scenario.broken_base64)
    else:
        answer = Answer(200, pictures[0], (scenario.claims or order.media_type).encode("ascii"))
    exchange.request_id = str(uuid4())
    add_header(answer, "request_id", exchange.request_id)
    add_header(answer, "generation_time", order.seconds)
    add_header(answer, "seed", order.seed)
    add_header(answer, "cost", dollars(price))
    return answer


def _in_json(order: Order, pictures: list[bytes], broken: bool) -> Answer:
    encoded = [b64encode(picture).decode("ascii") for picture in pictures]
    if broken:
        encoded = [f"{text[: len(text) // 2]}*" for text in encoded]
    held = one_or_list("media", "base64", encoded)
    return json_answer(body("media", base64=held, media_format=order.format, media_seconds=order.seconds))
