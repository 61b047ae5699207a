"""Images and the result of an image request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from .._http import Response
from .file_result import FileResult
from .formats.file_info import FileInfo
from .images import NotAnImage, decode_base64, measure
from .media_file import MediaFile
from .stored_content import FileContent


class Image(MediaFile):
    """One image file, as the service sent it.

    Attributes:
        content: The file's bytes.
        media_type: The format, detected from the bytes; the service's `content-type` is not used.
        width, height: The size in pixels, read from the file's header.
    """

    __slots__ = ()

    if TYPE_CHECKING:
        # `Image` refuses a file without a size.
        @property
        def width(self) -> int: ...

        @property
        def height(self) -> int: ...

    def __init__(self, content: FileContent) -> None:
        """Detect the format and the size of `content`.

        Raises:
            NotAnImage: `content` is empty, has an unknown format, or is cut short.
        """
        # Crash reporters call `repr` on an object whose construction failed, so every attribute has a value first.
        self._content, self._info, self.problem = content, FileInfo("unknown", 0, 0), None
        super().__init__(content)
        if self.problem is not None or self._info.kind != "image" or not self._info.width:
            # For the message.
            measure(content)


class ImageResult(FileResult):
    """The images of one request, with the values of the response's headers.

    `content`, `media_type`, `width`, `height` and `sha256` belong to the first image, usually the only one. Iterate, index or
    take `len()` for all images.

    Attributes:
        response, headers, request_id, remaining_credits, cost, seed, generation_time_s: See `Result`.
    """

    __slots__ = ()

    def __init__(self, images: Sequence[Image], response: Response, names: Mapping[str, str]) -> None:
        super().__init__(images, response, names)

    @property
    def files(self) -> tuple[Image, ...]:
        """The images, at least one."""
        return cast("tuple[Image, ...]", self._files)

    @property
    def images(self) -> tuple[Image, ...]:
        """The images, at least one."""
        return self.files

    @property
    def width(self) -> int:
        """The width of the first image in pixels."""
        return self.files[0].width

    @property
    def height(self) -> int:
        """The height of the first image in pixels."""
        return self.files[0].height

    def __iter__(self) -> Iterator[Image]:
        return iter(self.files)

    def __getitem__(self, index: int) -> Image:
        return self.files[index]


def image_from_base64(value: Any) -> Image:
    """Return the image in a base64 text.

    Raises:
        NotAnImage: `value` is not a string, not base64, or not an image.
    """
    return Image(content_from_base64(value))


def content_from_base64(value: Any) -> bytes:
    """Return the bytes of a base64 text, which may be a view of a part of the response.

    Raises:
        NotAnImage: `value` is not a string, or not base64.
    """
    if isinstance(value, memoryview):
        return decode_base64(cast("memoryview[int]", value))
    if not isinstance(value, str):
        raise NotAnImage(f"expected base64, got {type(value).__name__}")
    return decode_base64(value)
