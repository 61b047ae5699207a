"""The pictures that a response holds, checked and measured, with what its headers say of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ._media import NotAPicture, decode_base64, measure, numbered, write_whole
from ._numbers import number_in, whole_number_in
from ._wire import Response


class Image:
    """One picture, as the service sent it.

    Attributes:
        content: The file's bytes.
        media_type: From the bytes themselves, whatever the service declared.
        width, height: In pixels, from the file's own header.
    """

    __slots__ = ("content", "height", "media_type", "width")

    def __init__(self, content: bytes) -> None:
        """Checks and measures `content`.

        Raises:
            NotAPicture: It is empty, no known format, or cut short.
        """
        # Something can be shown of it also where it is refused below: crash reporters show every variable.
        self.content, self.media_type, self.width, self.height = content, "unknown", 0, 0
        self.media_type, self.width, self.height = measure(content)

    @property
    def sha256(self) -> str:
        """The hash of the content, in hexadecimal."""
        from hashlib import sha256

        return sha256(self.content).hexdigest()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> str:
        """Writes the file whole or not at all, and gives its path.

        Raises:
            FileExistsError: There is such a file, and `overwrite` was not asked for.
        """
        return write_whole(path, self.content, overwrite=overwrite)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Image) and other.content == self.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        size = f"{self.width}x{self.height}, {len(self.content)} bytes"
        return f"<Image {self.media_type} {size}, sha256 {self.sha256[:12]}>"


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
        self.seed = whole_number_in(headers.get(names.get("seed", "")))

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

        A single picture goes to `path`; several get `-1`, `-2`, … before the suffix.

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


def picture_from(value: Any) -> Image:
    """The picture in one base64 text.

    Raises:
        NotAPicture: It is no text, no base64, or no picture.
    """
    if not isinstance(value, str):
        raise NotAPicture(f"{type(value).__name__} where base64 was expected")
    return Image(decode_base64(value))
