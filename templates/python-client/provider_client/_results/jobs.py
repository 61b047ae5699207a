"""The handle and the result of a queued job."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .._http import Response
from ..spec.answers import as_list, as_object, find
from ..spec.platform import PLATFORM


class JobHandle(NamedTuple):
    """Identifies a queued job, so that this or another process can resume it. It never contains the API key.

    `slug` is the model, `request_id` the provider's id of the job, `status_url` and `response_url` the addresses of its
    status and its result.
    """

    slug: str
    request_id: str
    status_url: str
    response_url: str

    def to_json(self) -> str:
        """Return the handle as one line of JSON."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> JobHandle:
        """Return the handle from `text`, the JSON of `to_json`.

        Raises:
            ValueError: `text` is not the JSON of a handle.
        """
        data = as_object(json.loads(text))
        if data is None or not all(isinstance(data.get(name), str) for name in cls._fields):
            raise ValueError(f"a handle must be a JSON object with the strings {', '.join(cls._fields)}")
        return cls(*(data[name] for name in cls._fields))


@contextmanager
def noting_handle(handle: JobHandle) -> Generator[None]:
    """Add the handle of a job as a note to any exception in the block, Ctrl-C included: the caller has not seen it yet."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The job was accepted; resume it by its handle: {handle.to_json()}")
        raise


class JobResult(dict[str, Any]):
    """The body of a finished job's result, as a dict, with properties for the documented parts.

    Attributes:
        response: The whole response; None for a result that was not received from the service.
        handle: The job's handle; None for a result that was not received from the service.
    """

    response: Response | None = None
    handle: JobHandle | None = None

    def __init__(
        self,
        body: Mapping[str, Any] | None = None,
        response: Response | None = None,
        handle: JobHandle | None = None,
    ) -> None:
        super().__init__(body or {})
        self.response = response
        self.handle = handle

    @property
    def output(self) -> Any:
        """The model's output: the image's URL or a list of URLs; None if the result only lists files."""
        return find(self, PLATFORM.roles.get("output"))

    @property
    def inference_time_s(self) -> float | None:
        """Seconds that the model needed."""
        value = find(self, PLATFORM.roles.get("inference_time"))
        return float(value) if isinstance(value, (int, float)) else None

    @property
    def urls(self) -> list[str]:
        """The URLs of the images, in order. A list of files takes precedence over `output`."""
        files = as_list(find(self, PLATFORM.roles.get("files"))) or []
        named = [find(file, PLATFORM.roles.get("file_url")) for file in files]
        if not named or not all(isinstance(url, str) for url in named):
            named = as_list(self.output) or [self.output]
        return [url for url in named if isinstance(url, str)]
