"""What the clients do besides having models: construction, calls by slug, jobs found again, closing."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Self

from .._answers.job import JobHandle, JobResult
from .._answers.results import ImageResult
from .._config import Config, RequestOptions
from .._flows import core
from .._flows.checks import prepare
from .._given import Given
from .._hooks import start_log
from .._network.pools import AsyncPool, Pool
from .._resource import ModelResource, documented_price
from .._wire import Response
from ..spec.catalog import find
from ..spec.facts import Model
from .asynchronous import AsyncioJob, AsyncShell
from .blocking import AsyncJob, SyncShell

if TYPE_CHECKING:
    import httpx2


class Base:
    """Construction, for both clients.

    Args:
        api_key: The key; else it is taken from `PROVIDER_API_KEY`. It is sent to `base_url`'s origin alone.
        base_url: Where the service is, with or without a version such as /v1; else `PROVIDER_BASE_URL`, else the documented address.
        timeout: Seconds to wait for each piece of an answer, which is mostly the time to draw the picture; as
            `read_timeout` in `options`, which wins.
        options: Of every call; a call's own options win.
        environ: Read instead of the process's environment. `PROVIDER_LOG` in it, `debug` or `info`, shows the log on
            standard error; else the log goes where `logging` is told to put it.

    Raises:
        ConfigurationError: There is no key, or something that was given can't be used.
    """

    _is_copy = False

    def __init__(self, given: Given, timeout: float | None, options: RequestOptions | None) -> None:
        start_log(given.log)
        self._config = Config(given, timeout, options)

    @property
    def base_url(self) -> str:
        """Where requests go, without a version."""
        return self._config.root

    @property
    def timeout(self) -> float:
        """Seconds to wait for each piece of an answer."""
        return self._config.terms.read_timeout

    def estimate(self, slug: str, /, requests: int = 1) -> float | None:
        """Dollars for so many requests by the price on the page of the model `slug`; None if it shows none. Nothing is
        sent."""
        model = find(slug)
        return documented_price(model, requests) if model else None

    def _copy(self, config: Config) -> Self:
        """This client with another configuration. What was made for the old one, the models, is made anew."""
        other = object.__new__(type(self))
        for name, value in vars(self).items():
            if not isinstance(value, ModelResource):
                setattr(other, name, value)
        other._config = config
        return other

    def __repr__(self) -> str:
        # A crash reporter may show it half made.
        return f"<{type(self).__name__} {self._config.root if hasattr(self, '_config') else '(not usable)'}>"


class SyncBase(Base):
    """A client that blocks; see `Base` for its arguments.

    `http_client` is used for its connections instead of one of its own, and left open; headers, cookies and
    authentication that it has are not sent. Or `transport` is: for a proxy, other certificates, or a test; it is closed
    with the client. Threads may share a client.

    The deadline of a call also holds with an `http_client` or a `transport` whose connections are httpx2's own
    (`httpx2.Client`, `httpx2.HTTPTransport`); new connections of theirs are wrapped for that. Any other transport is given
    the time that is left as httpx2's timeouts, and its response is left at the deadline between two pieces of its body.
    What such code raises is a `ConfigurationError` if it has not asked for the request's body, an `AmbiguousOutcome` if it
    has.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        *,
        options: RequestOptions | None = None,
        environ: Mapping[str, str] | None = None,
        http_client: httpx2.Client | None = None,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        given = Given.take(api_key, base_url, environ)
        # From here on no variable holds the key: a traceback may show them all.
        del api_key, environ
        super().__init__(given, timeout, options)
        self._shell = SyncShell(self._config, Pool(http_client, transport))

    def with_options(self, options: RequestOptions) -> Self:
        """A copy of this client whose calls are made with these options, where it has others.

            patient = client.with_options(RequestOptions(timeout=900, max_attempts=5))

        It shares the connections. Only the client that was copied closes them; to close the copy does nothing.
        """
        other = self._copy(self._config.with_options(options))
        other._shell = SyncShell(other._config, self._shell.pool)
        other._is_copy = True
        return other

    def resume(self, handle: JobHandle | str, *, options: RequestOptions | None = None) -> AsyncJob:
        """The job of a handle, or of a handle's JSON; nothing is sent. `options` are those of all that is asked of it."""
        handle = JobHandle.from_json(handle) if isinstance(handle, str) else handle
        return AsyncJob(handle, {}, self._shell, options or RequestOptions())

    def download(self, source: JobResult | str, *, options: RequestOptions | None = None) -> ImageResult:
        """Fetches the pictures of `source`: a finished job's result, or the URL of one. The key stays here.

        Raises:
            UnreadableResponse: There is no picture, or no URL.
            ProviderError: It could not be fetched. Where `source` is a job's result, it holds the job's handle.
        """
        return self._shell.download(source, options or RequestOptions())

    def close(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        if not self._is_copy:
            self._shell.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, slug: str, parameters: dict[str, Any]) -> Response:
        """Call the model `slug` synchronously and return the raw response; parameters go by their names on the wire."""
        model = _checked(slug, parameters)
        return self._shell.run(core.call_sync(self._config, slug, model, parameters, RequestOptions()))

    def _enqueue(self, slug: str, parameters: dict[str, Any]) -> AsyncJob:
        """Queue a job of the model `slug`; parameters go by their names on the wire."""
        return self._shell.enqueue(slug, _checked(slug, parameters), parameters, RequestOptions())


class AsyncBase(Base):
    """A client for asyncio; see `Base` for its arguments.

    `http_client` is used for its connections instead of one of its own, and left open; headers, cookies and
    authentication that it has are not sent. Or `transport` is: for a proxy, other certificates, or a test; it is closed
    with the client. Several event loops may use a client in turn, each has connections of its own.
    """

    def __init__(
        self,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        *,
        options: RequestOptions | None = None,
        environ: Mapping[str, str] | None = None,
        http_client: httpx2.AsyncClient | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        given = Given.take(api_key, base_url, environ)
        # From here on no variable holds the key: a traceback may show them all.
        del api_key, environ
        super().__init__(given, timeout, options)
        self._shell = AsyncShell(self._config, AsyncPool(http_client, transport))

    def with_options(self, options: RequestOptions) -> Self:
        """A copy of this client whose calls are made with these options, where it has others.

            patient = client.with_options(RequestOptions(timeout=900, max_attempts=5))

        It shares the connections. Only the client that was copied closes them; to close the copy does nothing.
        """
        other = self._copy(self._config.with_options(options))
        other._shell = AsyncShell(other._config, self._shell.pool)
        other._is_copy = True
        return other

    def resume(self, handle: JobHandle | str, *, options: RequestOptions | None = None) -> AsyncioJob:
        """The job of a handle, or of a handle's JSON; nothing is sent. `options` are those of all that is asked of it."""
        handle = JobHandle.from_json(handle) if isinstance(handle, str) else handle
        return AsyncioJob(handle, {}, self._shell, options or RequestOptions())

    async def download(self, source: JobResult | str, *, options: RequestOptions | None = None) -> ImageResult:
        """As `ProviderClient.download`."""
        return await self._shell.download(source, options or RequestOptions())

    async def aclose(self) -> None:
        """Closes the connections; a client that was handed in stays open."""
        if not self._is_copy:
            await self._shell.pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _call(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, Response]:
        """As `SyncBase._call`; parameters are checked at once, the rest happens when it is awaited."""
        model = _checked(slug, parameters)
        return self._shell.run(core.call_sync(self._config, slug, model, parameters, RequestOptions()))

    def _enqueue(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, AsyncioJob]:
        return self._shell.enqueue(slug, _checked(slug, parameters), parameters, RequestOptions())

    def _run(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, JobResult]:
        """Queue a job and wait for its end."""
        return self._shell.enqueue_and_wait(slug, _checked(slug, parameters), parameters, RequestOptions())


def _checked(slug: str, parameters: dict[str, Any]) -> Model | None:
    """The model, after its parameters were checked; None for a slug that this package was made without."""
    model = find(slug)
    if model:
        prepare(model, parameters)
    return model
