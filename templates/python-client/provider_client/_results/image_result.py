"""Images and the result of an image request."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, cast

from .._http import Response
from ..spec.answers import header_integer, header_number
from .files import numbered_paths
from .images import NotAnImage, decode_base64, measure
from .saving import save


class Image:
    """One image file, as the service sent it.

    Attributes:
        content: The file's bytes.
        media_type: The format, detected from the bytes; the service's `content-type` is not used.
        width, height: The size in pixels, read from the file's header.
    """

    __slots__ = ("content", "height", "media_type", "width")

    def __init__(self, content: bytes) -> None:
        """Detect the format and the size of `content`.

        Raises:
            NotAnImage: `content` is empty, has an unknown format, or is cut short.
        """
        # Crash reporters call `repr` on an object whose construction failed, so every attribute has a value first.
        self.content, self.media_type, self.width, self.height = content, "unknown", 0, 0
        self.media_type, self.width, self.height = measure(content)

    @property
    def sha256(self) -> str:
        """The SHA-256 hash of the content, in hexadecimal."""
        from hashlib import sha256

        return sha256(self.content).hexdigest()

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> str:
        """Write the file atomically and return its path.

        `overwrite` replaces an existing file. An image that can't be saved at `path` is saved in another folder; see
        `ImageResult.save`, also for the exceptions.
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
    """The images of one request, with the values of the response's headers.

    `content`, `media_type`, `width`, `height` and `sha256` belong to the first image, usually the only one. Iterate, index or
    take `len()` for all images.

    Attributes:
        images: The images, at least one.
        response: The whole response; after several downloads, the last one. It also holds base64 in its body: to save
            memory, keep only `images` if you collect many results.
        headers: The response's headers, names in lower case.
        request_id: The provider's id of the request.
        remaining_credits: Credits left in the account.
        cost: The amount that was billed.
        seed: The seed that was used.
        generation_time_s: Seconds that the model needed.
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
        self.remaining_credits = header_number(headers.get(names.get("remaining_credits", "")))
        self.cost = header_number(headers.get(names.get("cost", "")))
        self.generation_time_s = header_number(headers.get(names.get("generation_time", "")))
        self.seed = header_integer(headers.get(names.get("seed", "")))

    @property
    def content(self) -> bytes:
        """The bytes of the first image."""
        return self.images[0].content

    @property
    def media_type(self) -> str:
        """The format of the first image, detected from its bytes."""
        return self.images[0].media_type

    @property
    def width(self) -> int:
        """The width of the first image in pixels."""
        return self.images[0].width

    @property
    def height(self) -> int:
        """The height of the first image in pixels."""
        return self.images[0].height

    @property
    def sha256(self) -> str:
        """The SHA-256 hash of the first image, in hexadecimal."""
        return self.images[0].sha256

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> list[str]:
        """Write each image atomically and return the paths.

        A single image is saved as `path`; several get `-1`, `-2`, … before the suffix. `overwrite` replaces existing files.
        It follows symbolic links, keeps the permissions of the files, and never replaces folders, devices, FIFOs or sockets.

        An image that can't be saved there has been paid for, so it is saved in another folder: in the same folder under a
        shorter name if only the name is invalid, else in a new folder below the folder for temporary files, the home folder
        or the current folder. The exception names the file.

        Raises:
            FileExistsError: One of the files exists; then none is written to its path.
            NotSaved: No other folder could be written either; `contents` of the error holds the files' bytes.
            OSError: A file could not be written to its path for another reason.
        """
        contents = [image.content for image in self.images]
        return save(numbered_paths(path, len(self.images)), contents, overwrite=overwrite)

    def __iter__(self) -> Iterator[Image]:
        return iter(self.images)

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Image:
        return self.images[index]

    def __repr__(self) -> str:
        return f"<ImageResult {', '.join(map(repr, self.images))}>"


def image_from_base64(value: Any) -> Image:
    """Return the image in a base64 text.

    Raises:
        NotAnImage: `value` is not a string, not base64, or not an image.
    """
    if isinstance(value, memoryview):
        return Image(decode_base64(cast("memoryview[int]", value)))
    if not isinstance(value, str):
        raise NotAnImage(f"expected base64, got {type(value).__name__}")
    return Image(decode_base64(value))
