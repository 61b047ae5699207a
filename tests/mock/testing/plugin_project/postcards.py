"""A small made-up shop that draws its postcards. It knows nothing of any mock."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import requests

from segmind_client import AsyncSegmindClient, InferenceFailed, RequestOptions, SegmindClient
from segmind_client.errors import InsufficientCreditsError, NotFoundError, RateLimitError, StatusError

MODEL = "tinysd1.5-txt2img"
STYLES = {"ink": "ink drawing", "felt": "made of felt"}


class Closed(Exception):
    """The shop cannot draw now; the customer is told why."""


class Spoiled(Exception):
    """The card could not be drawn and is not charged."""


@dataclass
class Card:
    """A postcard: its text, its picture, and the slip that finds a card that is still being drawn."""

    text: str
    picture: bytes = b""
    slip: str = ""
    copies: list[bytes] = field(default_factory=list)


class Shop:
    """Draws single cards at once, and orders by way of the queue."""

    def __init__(self) -> None:
        # Our own retries, below, are told apart from the client's: it makes one attempt.
        self.client = SegmindClient(options=RequestOptions(max_attempts=1))

    def preview(self, text: str, style: str = "ink") -> Card:
        """Draws a card while the customer waits. A crowded service is asked again, twice."""
        for pause in (1, 5, None):
            try:
                image = self.client.tinysd1_5_txt2img.generate(prompt=prompt(text, style), scheduler="DDIM")
                return Card(text, image.content)
            except RateLimitError as error:
                if pause is None:
                    raise Closed("come back in a minute") from error
                time.sleep(pause)
            except InsufficientCreditsError as error:
                raise Closed("our paint is used up") from error
            except StatusError as error:
                raise Spoiled(str(error.detail)) from error
        raise AssertionError("not reached")

    def order(self, text: str, style: str = "ink") -> Card:
        """Leaves an order. The slip is all that is needed to collect it."""
        job = self.client.tinysd1_5_txt2img.submit(prompt=prompt(text, style), seed=7)
        return Card(text, slip=job.handle.to_json())

    def collect(self, card: Card) -> Card:
        """Waits for an order and takes it home."""
        job = self.client.resume(card.slip)
        try:
            card.picture = self.client.download(job.wait(timeout=60, interval=1.0)).content
        except InferenceFailed as error:
            raise Spoiled(error.detail or "") from error
        except NotFoundError as error:
            raise Spoiled("kept for an hour, and no longer") from error
        return card


async def series(texts: Iterable[str]) -> list[Card]:
    """Draws many cards side by side."""
    async with AsyncSegmindClient() as client:

        async def one(text: str) -> Card:
            image = await client.tinysd1_5_txt2img.generate(prompt=prompt(text, "felt"))
            return Card(text, image.content)

        return list(await asyncio.gather(*map(one, texts)))


def stamp(key: str) -> bytes:
    """The little picture in the corner; an old part of the shop, written with requests."""
    answer = requests.post(
        f"https://api.segmind.com/v1/{MODEL}", json={"prompt": "a stamp"}, headers={"x-api-key": key}, timeout=30
    )
    answer.raise_for_status()
    return answer.content


def prompt(text: str, style: str) -> str:
    """The prompt for the model."""
    return f"postcard, {STYLES[style]}: {text}"
