"""The exceptions that the client raises.

    ProviderError
    ├── ConfigurationError         no API key, or an invalid base URL, proxy or certificate; nothing was sent
    ├── ValidationError            the parameters break the documented rules; nothing was sent
    ├── BudgetExceeded             the call may cost more than its budget has left; it was not sent
    ├── ConnectionFailed           the service was not reached; the request was not billed
    ├── AmbiguousOutcome           the request may have been carried out and billed; it was not sent again
    ├── StatusError                the service responded with an error status (subclasses are in `errors`)
    ├── UnreadableResponse         the response has a success status, but its body can't be used
    ├── InferenceFailed            a queued job failed
    └── InferenceTimeout           a queued job did not end in time; it can be resumed by its handle

An exception that is raised while the client waits for a queued job holds the job's `handle`.

All exceptions can be pickled, and none contains the API key.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ._text import printable
from .spec.answers import find
from .spec.platform import PLATFORM
from .spec.violations import Violation

if TYPE_CHECKING:
    from ._results.jobs import JobHandle


class ProviderError(Exception):
    """The base class of all exceptions of the client. Messages contain no control characters.

    Attributes:
        title: The kind of error, in a few words.
        role: The role of the HTTP status: `not_found`, `rate_limited`, …; "" if there is no status or it is not documented.
        status: The HTTP status; None if there was no response.
        detail: The message of the service, or of this client.
        request_id: The provider's id of the request, if the response has one.
        advice: What to do about it, at the end of the message; "" for an error that has no other advice than its message.
        handle: The handle of the queued job that the client waited for, for `client.resume(handle)`; None if there is none.
    """

    title: str | None = None
    role: str = ""
    advice: str = ""
    handle: JobHandle | None = None

    def __init__(self, status: int | None = None, detail: str | None = None, request_id: str | None = None) -> None:
        detail = detail and printable(detail)
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.request_id = request_id

    def to_dict(self) -> dict[str, Any]:
        """Return status and detail, in the format of the official SDK."""
        return {"status": self.status, "detail": self.detail}

    def __str__(self) -> str:
        title, detail = self.title or "", self.detail or ""
        # Many services begin their message with the title of the status.
        head = f"{self.status or ''} {'' if detail.startswith(title) else title}".strip()
        text = ": ".join(part for part in (head, detail) if part)
        text = f"{text}; {self.advice}" if self.advice else text
        return f"{text} (request {printable(self.request_id)})" if self.request_id else text

    def __reduce__(self) -> tuple[Any, ...]:
        # The subclasses have different constructors, so the attributes are restored without calling them.
        return _restore, (type(self), self.args, self.__dict__.copy())


def _restore(kind: type[ProviderError], args: tuple[Any, ...], state: dict[str, Any]) -> ProviderError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class ConfigurationError(ProviderError):
    """There is no API key, the base URL or an option is invalid, or a request can't be sent for a reason that you can fix.

    Such reasons are an environment variable for a proxy or for certificates, a missing package, or a closed `http_client`; the
    message names it. Nothing was sent and nothing was billed.
    """

    title = "Configuration"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class ValidationError(ProviderError, ValueError):
    """The parameters break rules of the documentation; nothing was sent.

    Attributes:
        slug: The model that was not called.
        violations: All violations, each with its parameter, rule, value, the allowed values and the page.
    """

    title = "Invalid parameters"

    def __init__(self, slug: str, violations: Sequence[Violation]) -> None:
        super().__init__()
        count = f"{len(violations)} invalid parameter{'s' * (len(violations) != 1)}"
        lines = [f"{slug} was not called, {count}:", *(f"  {violation}" for violation in violations)]
        # The only message with several lines, so control characters are removed from each line.
        self.detail = "\n".join(map(printable, lines))
        self.args = (None, self.detail)
        self.slug = slug
        self.violations = tuple(violations)


class BudgetExceeded(ProviderError):
    """A call may cost more than its budget has left, or its price is unknown. It was not sent.

    Attributes:
        slug: The model that was not called.
    """

    title = "Budget"

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail=detail)
        self.slug = slug


class ConnectionFailed(ProviderError):
    """The service could not be reached, or a request that costs nothing got no response. It was not billed.

    Also raised if this machine has no free thread, file descriptor or memory to send the request.
    """

    title = "Connection failed"

    def __init__(self, detail: str) -> None:
        super().__init__(detail=detail)


class AmbiguousOutcome(ProviderError):
    """A request that costs money was sent, but it is unknown whether it was carried out.

    The connection broke, there was no response in time, or a gateway responded instead of the service. The result may have been
    generated and billed, so the client did not send the request again (unless `at_least_once` is set). Check your account
    before you send it again.
    """

    title = "Outcome unknown, possibly billed"


class StatusError(ProviderError):
    """The service responded with an error status.

    Attributes:
        retry_after: Seconds after which the service allows another request, if it says so.
        media_type: The content type of the body.
        excerpt: The beginning of the body, at most 500 characters.
        headers: The response's headers, names in lower case.
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
    """The response has a success status, but its body can't be used: it is empty, cut short, or not what the model makes.

    The request was probably billed, so the exception holds the body.

    Attributes:
        content: The body.
        media_type: The `content-type` of the response.
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
    """A queued job failed. A request that is blocked because of its content ends like this too.

    Attributes:
        detail: The service's reason.
        status_body: The body of the status or result response.
    """

    title = "Job failed"

    def __init__(self, detail: str | None, status_body: Mapping[str, Any], request_id: str | None = None) -> None:
        super().__init__(detail=detail, request_id=request_id)
        self.status_body = dict(status_body)


class InferenceTimeout(ProviderError):
    """A queued job did not end in time. It may still be running, and is billed if it succeeds.

    Attributes:
        request_id: The job's id.
        elapsed_s: The seconds waited.
        handle: For `client.resume(handle)`, in this process or another.
        last_status: The last body of the job's status; {} if none was received.
    """

    title = "Job did not end in time"
    advice = "resume it by its handle"

    def __init__(self, handle: JobHandle, elapsed_s: float, last_status: Mapping[str, Any]) -> None:
        state = printable(str(find(last_status, PLATFORM.roles.get("state")) or "unknown"))[:80]
        super().__init__(detail=f"the job is still {state} after {elapsed_s:.1f} s")
        self.request_id: str = handle.request_id
        self.elapsed_s = elapsed_s
        self.handle: JobHandle = handle  # pyright: ignore[reportIncompatibleVariableOverride]
        self.last_status = dict(last_status)
