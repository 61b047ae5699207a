"""What can go wrong, as exceptions.

    ProviderError
    ├── ConfigurationError         no API key, no usable base URL, proxy or certificates; nothing was sent
    ├── ValidationError            the parameters break the documented rules; nothing was sent
    ├── BudgetExceeded             the call may cost more than its budget has left; it was not sent
    ├── ConnectionFailed           the service was not reached; that request was not billed
    ├── AmbiguousOutcome           the request may have been carried out and billed; it was not sent again
    ├── StatusError                the service answered with an error status (one subclass for each, in `errors`)
    ├── UnreadableResponse         the service said that all is well, but the answer is not what it should be
    ├── InferenceFailed            a queued job failed
    └── InferenceTimeout           a queued job was not done in time; its handle can be resumed

Whatever is raised while a client waits for a queued job holds the job's `handle`.

All of them pickle, and none of them holds the API key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._wire import inert
from .spec.violations import Violation

if TYPE_CHECKING:
    from ._answers.job import JobHandle


class ProviderError(Exception):
    """The root of every exception here. Its message holds no control characters, whoever wrote the text.

    Attributes:
        title: What kind of error it is, in a few words.
        role: Of the HTTP status, whatever its number: `not_found`, `rate_limited`, …; "" where there was none, or none that
            is documented.
        status: The HTTP status, None where there was no response.
        detail: What the service, or this client, has to say about it.
        request_id: The provider's name for the request, if the response gave one.
        handle: The queued job that was being waited for, for `client.resume(handle)`; None where there is none.
    """

    title: str | None = None
    role: str = ""
    handle: JobHandle | None = None

    def __init__(self, status: int | None = None, detail: str | None = None, request_id: str | None = None) -> None:
        detail = detail and inert(detail)
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.request_id = request_id

    def to_dict(self) -> dict[str, Any]:
        """Status and detail, as the official SDK gives them."""
        return {"status": self.status, "detail": self.detail}

    def __str__(self) -> str:
        title, detail = self.title or "", self.detail or ""
        # Services often begin their text with the title of the status.
        head = f"{self.status or ''} {'' if detail.startswith(title) else title}".strip()
        text = ": ".join(part for part in (head, detail) if part)
        return f"{text} (request {inert(self.request_id)})" if self.request_id else text

    def __reduce__(self) -> tuple[Any, ...]:
        # Constructors differ from class to class; the attributes are what matters.
        return _restore, (type(self), self.args, self.__dict__.copy())


def _restore(kind: type[ProviderError], args: tuple[Any, ...], state: dict[str, Any]) -> ProviderError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(ProviderError):
    """There is no API key, the base URL is no http(s) address, an option makes no sense, or the request could not be sent
    for a reason that you can fix: a variable that names a proxy or certificates, a missing package, a closed
    `http_client`. The message names it. Nothing was sent, and nothing was billed."""

    title = "Configuration"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class ValidationError(ProviderError, ValueError):
    """The parameters break rules of the documentation; nothing was sent.

    Attributes:
        violations: All of them, each with parameter, rule, value, what is allowed and the page it rests on.
    """

    title = "Invalid parameters"

    def __init__(self, slug: str, violations: Sequence[Violation]) -> None:
        super().__init__()
        lines = [f"{slug} was not called, {len(violations)} to mend:", *(f"  {violation}" for violation in violations)]
        # The only message of several lines: each of them is cleaned by itself.
        self.detail = "\n".join(map(inert, lines))
        self.args = (None, self.detail)
        self.slug = slug
        self.violations = tuple(violations)


class BudgetExceeded(ProviderError):
    """A call may cost more than its budget has left, or nobody knows what it costs. It was not sent.

    Attributes:
        slug: The model that was not called.
    """

    title = "Budget"

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail=detail)
        self.slug = slug


class ConnectionFailed(ProviderError):
    """The service could not be reached, this machine had no thread, file handle or memory to send the request, or a
    request that costs nothing got no answer. It was not billed."""

    title = "Connection failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class AmbiguousOutcome(ProviderError):
    """A request that costs money was sent, and nobody can tell whether it was carried out.

    The connection broke, no answer came in time, or a gateway answered in the service's place. The picture may have
    been drawn and billed, so the client did not send it again, unless it was told to by `at_least_once`. Look at your
    account before you do.
    """

    title = "Outcome unknown, possibly billed"


class StatusError(ProviderError):
    """The service answered with an error status.

    Attributes:
        retry_after: Seconds after which the service wants to be asked again, if it said so.
        media_type: Content type of the body.
        excerpt: The beginning of the body, at most 500 characters.
        headers: Of the response, names in lower case.
    """

    def __init__(
        self,
        status: int,
        detail: str | None,
        request_id: str | None = None,
        *,
        retry_after: float | None = None,
        media_type: str = "",
        excerpt: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, detail, request_id)
        self.headers = dict(headers or {})
        self.retry_after = retry_after
        self.media_type = media_type
        self.excerpt = excerpt


class UnreadableResponse(ProviderError):
    """The status says that all is well, but the body is not what it should be: empty, cut short, or no picture.

    It was probably billed, so the body is kept.

    Attributes:
        content: The body as it came.
        media_type: The content type that was declared.
    """

    title = "Unreadable response"

    def __init__(
        self,
        detail: str,
        content: bytes = b"",
        media_type: str = "",
        request_id: str | None = None,
        status: int = 200,
    ) -> None:
        super().__init__(status, detail, request_id)
        self.content = content
        self.media_type = media_type


class InferenceFailed(ProviderError):
    """A queued job failed; a request that was blocked for its content ends so too.

    Attributes:
        detail: The service's reason.
        status_body: The whole body that said so.
    """

    title = "Job failed"

    def __init__(self, detail: str | None, status_body: Mapping[str, Any], request_id: str | None = None) -> None:
        super().__init__(detail=detail, request_id=request_id)
        self.status_body = dict(status_body)


class InferenceTimeout(ProviderError):
    """A queued job was not done in time. It may still be running, and is billed if it ends well.

    Attributes:
        request_id: The job's name.
        elapsed_s: Seconds waited.
        handle: For `client.resume(handle)`, in this process or another.
        last_status: The last body that the status gave, {} if none was read.
    """

    title = "Job not done in time"

    def __init__(self, handle: JobHandle, elapsed_s: float, last_status: Mapping[str, Any]) -> None:
        state = inert(str(last_status.get("status", "unknown")))[:80]
        super().__init__(detail=f"still {state} after {elapsed_s:.1f} s; resume it by its handle")
        self.request_id: str = handle.request_id
        self.elapsed_s = elapsed_s
        self.handle: JobHandle = handle  # pyright: ignore[reportIncompatibleVariableOverride]
        self.last_status = dict(last_status)
