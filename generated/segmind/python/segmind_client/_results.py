"""What one request gave: its pictures, and what the service says about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping

from ._images import NUMBER, Image, number_in, numbered
from ._wire import Response


class ImageResult:
    """What one request gave: its pictures, and what the response's headers say.

    `content`, `media_type`, `width`, `height` and `sha256` are those of the first picture, which is mostly the only
    one; iterate, index or take `len()` for all of them.

    Attributes:
        images: The pictures, at least one.
        response: The whole response; of several downloads the last. It keeps base64 as it came, so who collects many
            such results should keep their `images` alone.
        headers: Of the response, names in lower case.
        request_id: The provider's name for the request.
        remaining_credits: Credits left in the account.
        cost: What the request was billed.
        seed: The seed that was used.
        generation_time_s: How long the model worked, in seconds.
    """

    __slots__ = (
        "cost",
        "generation_time_s",
        "headers",
        "images",
        "remaining_credits",
        "request_id",
        "response",
        "seed",
    )

    def __init__(self, images: tuple[Image, ...], response: Response, names: Mapping[str, str]) -> None:
        self.images = images
        self.response = response
        self.headers = headers = response.headers
        self.request_id = headers.get(names.get("request_id", ""))
        self.remaining_credits = number_in(headers.get(names.get("remaining_credits", "")))
        self.cost = number_in(headers.get(names.get("cost", "")))
        self.generation_time_s = number_in(headers.get(names.get("generation_time", "")))
        self.seed = _whole_number_in(headers.get(names.get("seed", "")))

    @property
    def content(self) -> bytes:
        """The first picture's bytes."""
        return self.images[0].content

    @property
    def media_type(self) -> str:
        """The first picture's format, from its bytes."""
        return self.images[0].media_type

    @property
    def width(self) -> int:
        """The first picture's width in pixels."""
        return self.images[0].width

    @property
    def height(self) -> int:
        """The first picture's height in pixels."""
        return self.images[0].height

    @property
    def sha256(self) -> str:
        """The hash of the first picture's bytes, in hexadecimal."""
        return self.images[0].sha256

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> list[str]:
        """Writes every picture, each whole or not at all, and gives their paths.

        A single picture goes to `path`; several get `-1`, `-2`, … before the suffix. `overwrite` replaces what is there.

        Raises:
            FileExistsError: One of the files is there already; then none is written.
        """
        paths = numbered(path, len(self.images))
        if not overwrite:
            for each in paths:
                if os.path.lexists(each):
                    raise FileExistsError(f"{each} is there already; save with overwrite=True, or elsewhere")
        return [image.save(each, overwrite=overwrite) for image, each in zip(self.images, paths, strict=True)]

    def __iter__(self) -> Iterator[Image]:
        return iter(self.images)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Image:
        return self.images[index]

    def __repr__(self) -> str:
        return f"<ImageResult {', '.join(map(repr, self.images))}>"


def _whole_number_in(text: str | None) -> int | None:
    """As `number_in`, but exact where the number is beyond 2**53, as seeds may be."""
    found = re.search(NUMBER, text) if text else None
    if found and found[0].lstrip("-").isdigit() and len(found[0]) < 100:
        return int(found[0])
    number = number_in(text)
    return None if number is None else int(number)
