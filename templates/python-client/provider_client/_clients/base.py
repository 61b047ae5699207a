"""The clients without their models: construction, calls by slug, resuming jobs, downloads, closing."""

from __future__ import annotations

from collections.abc import Coroutine, Mapping
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from .._config import Config, RequestOptions
from .._credentials import Credentials
from .._flows import calls
from .._flows.parameters import prepare
from .._hooks import start_log
from .._http import Response
from .._network.pools import AsyncPool, Pool
from .._resource import ModelResource, documented_price
from .._results.jobs import JobHandle, JobResult, ResultT_co
from ..spec.catalog import find
from ..spec.facts import Model
from .async_driver import AsyncDriver
from .jobs import AsyncioJob, AsyncJob
from .sync_driver import SyncDriver

if TYPE_CHECKING:
    import httpx2

    from ..spec.pricing import PriceRange

DriverT = TypeVar("DriverT", SyncDriver, AsyncDriver)


class BaseClient(Generic[DriverT]):
    """The part that the blocking and the asyncio client share.

    Args:
        api_key: The API key; by default that of `PROVIDER_API_KEY`. It is sent to the origin of `base_url` only.
        base_url: The address of the service, with or without a version such as /v1; by default `PROVIDER_BASE_URL`, else the
            documented address.
        timeout: Seconds to wait for each chunk of a response, which is mostly the time that the model needs; the same as
            `read_timeout` in `options`, which takes precedence.
        options: The options of every call; a call's own options take precedence.
        environ: Read instead of the process's environment. `PROVIDER_LOG` in it, `debug` or `info`, shows the log on
            standard error; without it, `logging` decides.

    Raises:
        ConfigurationError: There is no API key, or an argument is invalid.
    """

    _config: Config
    _driver: DriverT
    _is_copy = False

    @property
    def base_url(self) -> str:
        """The address of the service, without a version."""
        return self._config.root

    @property
    def timeout(self) -> float:
        """Seconds to wait for each chunk of a response."""
        return self._config.settings.read_timeout

    def estimate(
        self, slug: str, /, requests: int = 1, parameters: Mapping[str, Any] | None = None
    ) -> float | PriceRange | None:
        """Return the documented price in dollars of `requests` requests of the model `slug` with these `parameters`.

        It is a `PriceRange` if the page gives bounds only, and None if it shows no price, or only an average. Nothing is sent.
        """
        model = find(slug)
        return documented_price(model, requests, parameters) if model else None

    def with_options(self, options: RequestOptions) -> Self:
        """Return a copy of this client with other default options.

            patient = client.with_options(RequestOptions(timeout=900, max_attempts=5))

        The copy shares the connections. Only the original client closes them; closing the copy does nothing.
        """
        config = self._config.with_options(options)
        other = object.__new__(type(self))
        for name, value in vars(self).items():
            # The models belong to the old configuration; the copy makes its own.
            if not isinstance(value, ModelResource):
                setattr(other, name, value)
        other._config = config
        other._driver = self._driver.with_config(config)
        other._is_copy = True
        return other

    def __repr__(self) -> str:
        # A crash reporter may show a client whose construction failed.
        return f"<{type(self).__name__} {self._config.root if hasattr(self, '_config') else '(not usable)'}>"


class BaseSyncClient(BaseClient[SyncDriver]):
    """The blocking client without its models; see `BaseClient` for the other arguments.

    Args:
        http_client: Used for its connections and left open. Its headers, cookies and authentication are not sent.
        transport: Used instead of `http_client`, for example for a proxy, for own certificates or in a test. It is closed with
            the client.

    Threads may share a client.

    A call's deadline also holds with an `http_client` or a `transport` whose connections are those of httpx2
    (`httpx2.Client`, `httpx2.HTTPTransport`); their new connections are wrapped. Any other transport gets the remaining time
    as its timeouts, and its response is dropped at the deadline between two chunks of its body. An exception of such code is a
    `ConfigurationError` if the transport has not read the request's body yet, else an `AmbiguousOutcome`.
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
        credentials = Credentials.read(api_key, base_url, environ)
        # From here on no variable holds the key: a traceback may show them all.
        del api_key, environ
        start_log(credentials.log)
        self._config = Config(credentials, timeout, options)
        self._driver = SyncDriver(self._config, Pool(http_client, transport))

    def resume(self, handle: JobHandle | str, *, options: RequestOptions | None = None) -> AsyncJob:
        """Return the job of a handle, or of a handle's JSON, without sending anything. `options` are for all its requests."""
        handle = JobHandle.from_json(handle) if isinstance(handle, str) else handle
        return AsyncJob(handle, {}, self._driver, options or RequestOptions())

    @overload
    def download(self, source: JobResult[ResultT_co], *, options: RequestOptions | None = None) -> ResultT_co: ...

    @overload
    def download(self, source: str, *, options: RequestOptions | None = None) -> Any: ...

    def download(self, source: JobResult | str, *, options: RequestOptions | None = None) -> Any:
        """Return the result of a finished job, or the file at a URL. Files are downloaded without the API key.

        The model's medium decides the kind of a job's result: an `ImageResult`, `VideoResult`, `AudioResult`, `FileResult`,
        `TextResult` or `JsonResult`. The file at a URL decides it by its bytes.

        Raises:
            UnreadableResponse: `source` has no valid URL, or there is no file of a known format at it.
            ProviderError: The download failed. If `source` is a job's result, the exception holds the job's handle.
        """
        return self._driver.download(source, options or RequestOptions())

    def close(self) -> None:
        """Close the connections. An `http_client` that was passed in stays open."""
        if not self._is_copy:
            self._driver.pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _call(self, slug: str, parameters: dict[str, Any]) -> Response:
        """Call the model `slug` synchronously and return the raw response; parameters have their wire names."""
        model = _checked(slug, parameters)
        return self._driver.run(calls.call_sync(self._config, slug, model, parameters, RequestOptions()))

    def _enqueue(self, slug: str, parameters: dict[str, Any]) -> AsyncJob:
        """Submit a job of the model `slug`; parameters have their wire names."""
        return self._driver.enqueue(slug, _checked(slug, parameters), parameters, RequestOptions())


class BaseAsyncClient(BaseClient[AsyncDriver]):
    """The asyncio client without its models; see `BaseClient` for the other arguments.

    Args:
        http_client: Used for its connections and left open. Its headers, cookies and authentication are not sent.
        transport: Used instead of `http_client`, for example for a proxy, for own certificates or in a test. It is closed with
            the client.

    Several event loops may use a client, each with its own connections.
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
        credentials = Credentials.read(api_key, base_url, environ)
        # From here on no variable holds the key: a traceback may show them all.
        del api_key, environ
        start_log(credentials.log)
        self._config = Config(credentials, timeout, options)
        self._driver = AsyncDriver(self._config, AsyncPool(http_client, transport))

    def resume(self, handle: JobHandle | str, *, options: RequestOptions | None = None) -> AsyncioJob:
        """Return the job of a handle, or of a handle's JSON, without sending anything. `options` are for all its requests."""
        handle = JobHandle.from_json(handle) if isinstance(handle, str) else handle
        return AsyncioJob(handle, {}, self._driver, options or RequestOptions())

    @overload
    async def download(self, source: JobResult[ResultT_co], *, options: RequestOptions | None = None) -> ResultT_co: ...

    @overload
    async def download(self, source: str, *, options: RequestOptions | None = None) -> Any: ...

    async def download(self, source: JobResult | str, *, options: RequestOptions | None = None) -> Any:
        """See `ProviderClient.download`."""
        return await self._driver.download(source, options or RequestOptions())

    async def aclose(self) -> None:
        """Close the connections. An `http_client` that was passed in stays open."""
        if not self._is_copy:
            await self._driver.pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def _call(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, Response]:
        """See `BaseSyncClient._call`. Parameters are checked at once; the request is sent when the coroutine is awaited."""
        model = _checked(slug, parameters)
        return self._driver.run(calls.call_sync(self._config, slug, model, parameters, RequestOptions()))

    def _enqueue(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, AsyncioJob]:
        """See `BaseSyncClient._enqueue`."""
        return self._driver.enqueue(slug, _checked(slug, parameters), parameters, RequestOptions())

    def _run(self, slug: str, parameters: dict[str, Any]) -> Coroutine[Any, Any, JobResult]:
        """Submit a job and wait for its end."""
        return self._driver.enqueue_and_wait(slug, _checked(slug, parameters), parameters, RequestOptions())


def _checked(slug: str, parameters: dict[str, Any]) -> Model | None:
    """Return the model after checking its parameters; None, without a check, for an unknown slug."""
    model = find(slug)
    if model:
        prepare(model, parameters)
    return model
