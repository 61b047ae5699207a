"""The handle and the result of a queued job."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

from .._http import Response
from ..spec.answers import as_list, as_object, find
from ..spec.catalog import find as find_model
from ..spec.facts import Model
from ..spec.platform import PLATFORM
from ..spec.service import Medium

if TYPE_CHECKING:
    # Its type variables may have a default, so that `JobResult` and `AsyncJob` need no parameter in annotations.
    from typing_extensions import TypeVar

    ResultT_co = TypeVar("ResultT_co", covariant=True, default=Any)
else:
    from typing import TypeVar

    ResultT_co = TypeVar("ResultT_co", covariant=True)


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


class JobResult(dict[str, Any], Generic[ResultT_co]):
    """The body of a finished job's result, as a dict, with properties for the documented parts.

    Its type parameter is the kind of result that `client.download` makes of it.

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
    def model(self) -> Model | None:
        """The model that made it; None if that is unknown."""
        return find_model(self.handle.slug) if self.handle else None

    @property
    def output(self) -> Any:
        """The model's output: the URL of a file or a list of URLs, or the answer of a text or JSON model, which may be a string.

        None if the result only lists files.
        """
        return find(self, self._medium().roles.get("output"))

    @property
    def inference_time_s(self) -> float | None:
        """Seconds that the model needed."""
        value = find(self, PLATFORM.roles.get("inference_time"))
        return float(value) if isinstance(value, (int, float)) else None

    @property
    def urls(self) -> list[str]:
        """The URLs of the files, in order; none for text and JSON. A list of files takes precedence over a shorter `output`."""
        medium = self._medium()
        if medium.output != "urls":
            return []
        files, output = _urls(self, medium.roles, "files"), _urls(self, medium.roles, "output")
        if files or output:
            return files if len(files) >= len(output) else output
        # The model may have made something of another medium.
        others = (_urls(self, other.roles, "files") for other in PLATFORM.media.values() if other is not medium)
        return next((urls for urls in others if urls), list[str]())

    def _medium(self) -> Medium:
        model = self.model
        return PLATFORM.media[model.output.media if model else "image"]


def _urls(body: Mapping[str, Any], roles: Mapping[str, str], role: str) -> list[str]:
    """Return the URLs under a role: a URL, an object with a URL, or a list of them."""
    value = find(body, roles.get(role))
    named = [each if isinstance(each, str) else find(each, roles.get("file_url")) for each in as_list(value) or [value]]
    urls = [url for url in named if isinstance(url, str)]
    if role == "output":
        return urls
    # Files without a URL are of no use, so `output` is used instead.
    texts = [each for each in as_list(value) or [value] if isinstance(each, str)]
    is_usable = all(text[:5].lower() in ("https", "http:", "data:") for text in texts)
    return urls if is_usable and len(urls) == len(named) else []
