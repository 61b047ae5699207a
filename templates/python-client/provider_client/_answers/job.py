"""A queued job's handle, and what it gave in the end."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from .._wire import Response, as_list, as_object
from ..spec.answers import find
from ..spec.platform import PLATFORM


class JobHandle(NamedTuple):
    """What it takes to find a queued job again, in this process or another. It never holds the API key.

    `slug` is the model, `request_id` the provider's name for the job, `status_url` and `response_url` where its state and
    its result are read.
    """

    slug: str
    request_id: str
    status_url: str
    response_url: str

    def to_json(self) -> str:
        """One line of JSON."""
        return json.dumps(self._asdict())

    @classmethod
    def from_json(cls, text: str) -> JobHandle:
        """The handle whose `text` `to_json` wrote.

        Raises:
            ValueError: It is not one.
        """
        data = as_object(json.loads(text))
        if data is None or not all(isinstance(data.get(name), str) for name in cls._fields):
            raise ValueError(f"a handle is a JSON object with the texts {', '.join(cls._fields)}")
        return cls(*(data[name] for name in cls._fields))


@contextmanager
def naming(handle: JobHandle) -> Generator[None]:
    """Add the handle of a job, which the caller has not seen, as a note to whatever ends the wait for it: Ctrl-C, too."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The job was accepted, and can be fetched by its handle: {handle.to_json()}")
        raise


class JobResult(dict[str, Any]):
    """The body of a finished job, a dict as the service sent it, with names for what is always there.

    Attributes:
        response: The whole response that brought it; None for a result that was made by hand.
        handle: Of the job; None for a result that was made by hand.
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
        """The model's output: the URL of the image, or a list of URLs; None if the result only lists files."""
        return find(self, PLATFORM.roles.get("output"))

    @property
    def inference_time_s(self) -> float | None:
        """How long the model worked, in seconds."""
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
