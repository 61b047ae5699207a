"""What one request gave: its pictures, and what the service says about them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from .._wire import Response
from .images import NUMBER, NotAPicture, decode_base64, measure, number_in, numbered
from .saving import save


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
        """Write the file, whole or not at all, and return its path.

        `overwrite` replaces the file that is there. An image that cannot be saved at `path` is kept elsewhere; see
        `ImageResult.save`, also for what is raised.
        """
        return save([path], [self.content], overwrite=overwrite)[0]

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
        """Write every image, each whole or not at all, and return their paths.

        A single image goes to `path`; several get `-1`, `-2`, … before the suffix. `overwrite` replaces the files that
        are there. It follows symbolic links, keeps the permissions of the files, and replaces neither folders nor
        devices, FIFOs or sockets.

        An image that cannot be saved there was paid for all the same, so it is kept elsewhere: beside its place under a
        shorter name if only the name is unusable, else in a new folder among the temporary files, of the home or in the
        current folder. The error that is raised then says where.

        Raises:
            FileExistsError: One of the files is there already; then none is written to its place.
            NotSaved: No other folder took them either; `contents` of the error are the files' bytes.
            OSError: Any other reason why a file could not be written to its place.
        """
        contents = [image.content for image in self.images]
        return save(numbered(path, len(self.images)), contents, overwrite=overwrite)

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


def picture_from(value: Any) -> Image:
    """The picture in one base64 text.

    Raises:
        NotAPicture: It is no text, no base64, or no picture.
    """
    if isinstance(value, memoryview):
        return Image(decode_base64(cast("memoryview[int]", value)))
    if not isinstance(value, str):
        raise NotAPicture(f"{type(value).__name__} where base64 was expected")
    return Image(decode_base64(value))
