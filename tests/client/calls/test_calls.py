"""Both clients against the mock, for every model: the images fit the request, and saved files are valid."""

from __future__ import annotations

import asyncio
import gc
import inspect
import itertools
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import httpx2
import pytest
from PIL import Image as Pillow

import segmind_client
import segmind_mock
from segmind_client import (
    AsyncSegmindClient,
    ImageResult,
    InferenceTimeout,
    RequestOptions,
    SegmindClient,
    UndocumentedWarning,
    ValidationError,
)
from segmind_client._clients import default_client
from segmind_client.spec.catalog import MODULES
from segmind_client.spec.facts import Model
from tests.client.doubles import MockServer, Payload


def _choices(model: Model, *names: str | None) -> Iterator[dict[str, object]]:
    """Yield each combination of a few values of those parameters that the model has."""
    values: dict[str, list[Any]] = {}
    for name in filter(None, names):
        parameter = model.parameters[name]
        several = [1, min(3, int(parameter.maximum or 1))] if parameter.type == "integer" else [False, True]
        values[name] = list(parameter.enum) or several
    for chosen in itertools.product(*values.values()):
        yield dict(zip(values, chosen, strict=True))


def _check(model: Model, payload: dict[str, Any], result: ImageResult, folder: Path) -> None:
    output = model.output
    for path in result.save(folder / "picture.bin", overwrite=True):
        with Pillow.open(path) as picture:
            picture.load()
            if output.width and output.height:
                assert picture.size == (payload[output.width], payload[output.height])
            if output.format:
                assert picture.format == payload[output.format].upper()
            assert Pillow.MIME[picture.format or ""] == result.media_type
            assert picture.size == (result.width, result.height)


class _InLoop:
    """An asyncio client with blocking methods, so that one test covers both clients."""

    def __init__(self, client: AsyncSegmindClient, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> object:
        return self._wrap(getattr(self._client, name))

    def _wrap(self, target: Any) -> object:
        if inspect.isawaitable(target):

            async def wait() -> object:
                return await target

            target = self._runner.run(wait())
        if callable(target):
            return lambda *args, **kwargs: self._wrap(target(*args, **kwargs))
        if type(target).__name__ == "AsyncioJob" or hasattr(target, "_generate"):
            return _Facade(target, self._wrap)
        return target


class _Facade:
    def __init__(self, target: object, wrap: Callable[[object], object]) -> None:
        self._target = target
        self._wrap = wrap

    def __getattr__(self, name: str) -> object:
        return self._wrap(getattr(self._target, name))


@pytest.fixture(params=["sync", "async"])
def client(request: pytest.FixtureRequest, mock: MockServer) -> Iterator[SegmindClient]:
    if request.param == "sync":
        with mock.client() as blocking:
            yield blocking
    else:
        with asyncio.Runner() as runner:
            in_loop = mock.async_client()
            yield cast(SegmindClient, _InLoop(in_loop, runner))
            runner.run(in_loop.aclose())


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """The package without its default client, as after `import segmind_client as segmind`."""
    monkeypatch.setattr(default_client, "_client", None)
    yield segmind_client
    made = default_client._client
    if made is not None:
        made.close()


def _resource(client: SegmindClient, model: Model) -> Any:
    return getattr(client, MODULES[model.slug])


def test_v1_in_every_format_as_bytes_and_base64_one_and_several(
    client: SegmindClient, mock: MockServer, model: Model, payload_of: Payload, tmp_path: Path
) -> None:
    output = model.output
    for choice in _choices(model, output.format, output.count, output.base64):
        payload = payload_of(model, **choice)
        several = payload.get(output.count or "", 1) > 1
        in_bytes = not payload.get(output.base64 or "")
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = _resource(client, model).generate(**payload)
        assert [w.category for w in caught] == ([UndocumentedWarning] if several and in_bytes else [])
        assert len(result) == (1 if in_bytes else payload.get(output.count or "", 1))
        assert result.remaining_credits is not None and result.request_id
        _check(model, payload, result, tmp_path)
    assert {entry["path"] for entry in mock.journal()} == {model.sync and model.sync.path}


def test_v2_in_every_format_one_and_several(
    client: SegmindClient, mock: MockServer, model: Model, payload_of: Payload, tmp_path: Path
) -> None:
    output = model.output
    for choice in _choices(model, output.format, output.count):
        payload = payload_of(model, **choice)
        job = _resource(client, model).submit(**payload)
        result = job.download(interval=0.0)
        assert len(result) == payload.get(output.count or "", 1)
        _check(model, payload, result, tmp_path)
    assert model.submit is not None
    posts = mock.journal("POST")
    assert {entry["path"] for entry in posts} == {model.submit.path}
    assert posts[-1]["payload"] == payload


def test_what_is_sent_is_what_was_given_and_no_more(
    client: SegmindClient, mock: MockServer, model: Model, payload_of: Payload
) -> None:
    required = {name: value for name, value in payload_of(model).items() if model.parameters[name].required}
    _resource(client, model).submit(**required)
    assert mock.journal()[-1]["payload"] == required


def test_unset_empty_and_null_are_three_things(
    client: SegmindClient, mock: MockServer, model: Model, payload_of: Payload
) -> None:
    """An optional parameter that is left out is not sent, "" is sent unchanged, and None is a value."""
    full = payload_of(model)
    for name, parameter in model.parameters.items():
        if parameter.required:
            continue
        rest = {key: value for key, value in full.items() if key != name}
        before = len(mock.journal())
        with pytest.raises(ValidationError) as caught:
            _resource(client, model).submit(**rest, **{parameter.keyword: None})
        assert [(v.parameter, v.rule, v.value) for v in caught.value.violations] == [(name, "type", None)]
        if parameter.type == "string" and not parameter.enum and not parameter.known_values:
            _resource(client, model).submit(**rest, **{parameter.keyword: ""})
            assert mock.journal()[-1]["payload"][name] == ""
            before += 1
        _resource(client, model).submit(**rest)
        assert name not in mock.journal()[-1]["payload"]
        assert len(mock.journal()) == before + 1


def test_null_can_be_sent_on_purpose(mock: MockServer, large: Model, payload_of: Payload) -> None:
    payload = payload_of(large)
    del payload["negative_prompt"]
    with mock.client() as client, pytest.raises(segmind_client.BadRequestError):
        client.stable_diffusion_3_5_large_txt2img.submit(**payload, extra_parameters={"negative_prompt": None})
    assert mock.journal()[-1]["payload"]["negative_prompt"] is None


def test_wrong_values_are_refused_all_at_once_before_anything_is_sent(
    client: SegmindClient, mock: MockServer, model: Model
) -> None:
    wrong = {name: object() for name in model.parameters}
    keywords = {model.parameters[name].keyword: value for name, value in wrong.items()}
    resource = _resource(client, model)
    calls: list[Callable[[], object]] = [
        lambda: resource.generate(**keywords),
        lambda: resource.submit(**keywords),
        lambda: client.run(model.slug, **wrong),
        lambda: client.run_sync(model.slug, **wrong),
        lambda: client.submit_async(model.slug, **wrong),
    ]
    for call in calls:
        with pytest.raises(ValidationError) as caught:
            call()
        assert [v.parameter for v in caught.value.violations] == list(model.parameters)
    assert mock.journal() == []


def test_a_keyword_that_is_no_parameter_is_refused_with_a_hint(
    client: SegmindClient, mock: MockServer, large: Model
) -> None:
    with pytest.raises(ValidationError) as caught:
        _resource(client, large).generate(**large.example, stepps=5)
    (violation,) = caught.value.violations
    assert (violation.parameter, violation.suggestion) == ("stepps", "steps")
    assert "extra_parameters" in str(violation)
    assert mock.journal() == []


class TestExtraParameters:
    def test_extra_parameters_are_sent(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        with mock.client() as client:
            client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large), extra_parameters={"new": {"a": [1]}})
        assert mock.journal()[-1]["payload"] == {**payload_of(large), "new": {"a": [1]}}

    def test_an_extra_parameter_replaces_a_documented_one_unchecked(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        payload = payload_of(large)
        prompt = payload.pop("prompt")
        with mock.client() as client:
            client.stable_diffusion_3_5_large_txt2img.submit(**payload, extra_parameters={"prompt": prompt})
        assert mock.journal()[-1]["payload"]["prompt"] == prompt

    @pytest.mark.parametrize(
        ("extra", "parameter", "rule"),
        [({"steps": 5}, "steps", "twice"), ({5: 1}, "5", "name"), ({"x": {"y": [float("nan")]}}, "x", "json")],
    )
    def test_invalid_extra_parameters(
        self, mock: MockServer, large: Model, extra: Any, parameter: str, rule: str
    ) -> None:
        with mock.client() as client, pytest.raises(ValidationError) as caught:
            client.stable_diffusion_3_5_large_txt2img.submit(**large.example, extra_parameters=extra)
        assert [(v.parameter, v.rule) for v in caught.value.violations] == [(parameter, rule)]
        assert mock.journal() == []


class TestWarnings:
    """An undocumented value is sent, with a warning that names the caller's line."""

    def test_a_warning_names_the_callers_line(self, client: SegmindClient, large: Model, payload_of: Payload) -> None:
        payload = payload_of(large, sampler="brand_new")
        resource = _resource(client, large)
        calls: list[Callable[[], Any]] = [
            lambda: resource.generate(**payload),
            lambda: resource.submit(**payload),
            lambda: client.run_sync(large.slug, **payload),
            lambda: client.submit_async(large.slug, **payload),
        ]
        for call in calls:
            with pytest.warns(UndocumentedWarning, match="brand_new") as caught:
                call()
            (warning,) = caught
            assert warning.filename == __file__
            # The asyncio client is called through a wrapper of this file.
            line = call.__code__.co_firstlineno
            assert warning.lineno == line or isinstance(client, _InLoop)

    def test_a_warning_of_a_module_function_names_the_callers_line(
        self, module: ModuleType, mock: MockServer, large: Model, payload_of: Payload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        monkeypatch.setenv("SEGMIND_BASE_URL", mock.url)
        with pytest.warns(UndocumentedWarning) as caught:
            module.run_sync(large.slug, **payload_of(large, sampler="brand_new"))
        assert caught[0].filename == __file__

    def test_warnings_can_be_turned_into_errors(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        with mock.client() as client, pytest.raises(UndocumentedWarning):
            client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large, sampler="brand_new"))
        assert mock.journal() == []


class TestTheDocumentedSurface:
    def test_run_run_sync_and_submit_async(self, client: SegmindClient, large: Model, payload_of: Payload) -> None:
        payload = payload_of(large)
        response = client.run_sync(large.slug, **payload)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "image/jpeg"
        assert Pillow.open(BytesIO(response.content)).size == (64, 64)
        job = client.submit_async(large.slug, **payload)
        assert job.request_id in job.status_url
        assert job.status()["status"] in ("QUEUED", "PROCESSING")
        done = job.wait(timeout=10.0, interval=0.0)
        assert done["status"] == job.result()["status"] == "COMPLETED"
        assert done.output.startswith("http")
        assert client.download(done).width == client.download(done.output).width == 64

    def test_module_level_functions(
        self, module: ModuleType, mock: MockServer, large: Model, payload_of: Payload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("SEGMIND_API_KEY", raising=False)
        with pytest.raises(segmind_client.ConfigurationError, match="SEGMIND_API_KEY"):
            module.run(large.slug, **payload_of(large))
        # A key that is set later is found.
        monkeypatch.setenv("SEGMIND_API_KEY", mock.key)
        monkeypatch.setenv("SEGMIND_BASE_URL", f"{mock.url}/v1")
        mock.set("scenarios", scenario="completed-at-once")
        assert module.run(large.slug, **payload_of(large))["status"] == "COMPLETED"
        assert module.submit_async(large.slug, **payload_of(large)).request_id

    def test_parameters_of_any_name_reach_the_model(self, client: SegmindClient, mock: MockServer) -> None:
        odd = {"timeout": 5, "interval": 2, "options": 1, "self": 1, "slug": "x", "extra_parameters": {}}
        with pytest.raises(segmind_client.NotFoundError):
            client.submit_async("unknown-model", **odd)
        entry = mock.journal()[-1]
        assert entry["path"] == "/v2/unknown-model"
        assert entry["payload"] in (odd, None)


class TestResuming:
    def test_another_client_resumes_by_handle_or_json(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        with mock.client() as client:
            text = client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large)).handle.to_json()
        assert mock.key not in text
        with mock.client() as other:
            assert other.resume(text).wait(interval=0.0)["status"] == "COMPLETED"

    def test_resume_after_a_timeout(
        self, client: SegmindClient, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        mock.set("scenarios", scenario="stuck")
        job = _resource(client, large).submit(**payload_of(large))
        with pytest.raises(InferenceTimeout) as caught:
            job.wait(timeout=0.0)
        assert client.resume(caught.value.handle).status()["status"] == "PROCESSING"
        assert len(mock.journal("POST")) == 1


class TestLifetime:
    def test_a_closed_client_stays_closed(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        client = mock.client()
        client.run_sync(large.slug, **payload_of(large))
        client.close()
        client.close()
        with pytest.raises(RuntimeError, match="closed"):
            client.run_sync(large.slug, **payload_of(large))

    def test_a_closed_asyncio_client_stays_closed(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        async def use() -> None:
            async with mock.async_client() as client:
                await client.run_sync(large.slug, **payload_of(large))
            with pytest.raises(RuntimeError, match="closed"):
                await client.run_sync(large.slug, **payload_of(large))

        asyncio.run(use())

    def test_a_passed_in_http_client_stays_open_and_its_headers_are_not_sent(
        self, mock: MockServer, large: Model, payload_of: Payload
    ) -> None:
        seen: list[httpx2.Request] = []
        inner = httpx2.Client(
            headers={"authorization": "secret", "x-api-key": "other"},
            cookies={"session": "secret"},
            auth=("user", "secret"),
            event_hooks={"request": [seen.append]},
            follow_redirects=True,
        )
        with inner:
            with mock.client(http_client=inner) as client:
                client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large)).download(interval=0.0)
            assert not inner.is_closed
        assert "secret" not in repr([list(request.headers.items()) for request in seen])
        assert {request.headers.get("x-api-key") for request in seen} == {mock.key, None}
        assert "x-api-key" not in seen[-1].headers

    def test_threads_share_one_connection_pool(
        self, mock: MockServer, large: Model, payload_of: Payload, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made: list[int] = []
        original = httpx2.Client.__init__

        def count(self: httpx2.Client, **rest: Any) -> None:
            made.append(1)
            original(self, **rest)

        monkeypatch.setattr(httpx2.Client, "__init__", count)
        with mock.client() as client, ThreadPoolExecutor(8) as threads:
            calls = [threads.submit(client.run_sync, large.slug, **payload_of(large)) for _ in range(16)]
            assert all(call.result().is_success for call in calls)
        assert made == [1]
        assert len(mock.journal("POST")) == 16

    def test_one_asyncio_client_in_several_loops(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        client = mock.async_client()

        async def use() -> None:
            assert (await client.run_sync(large.slug, **payload_of(large))).is_success

        # The client is not closed, so an open connection would be a ResourceWarning here.
        asyncio.run(use())
        asyncio.run(use())
        gc.collect()
        assert not client._driver.pool._made

    def test_cancelling_leaves_nothing_open(self, mock: MockServer, large: Model, payload_of: Payload) -> None:
        async def use() -> None:
            async with mock.async_client("stuck") as client:
                job = await client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
                task = asyncio.create_task(job.wait(interval=0.01))
                await asyncio.sleep(0.05)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                ((http, _),) = client._driver.pool._made.values()
                transport = http._transport
                assert isinstance(transport, httpx2.AsyncHTTPTransport)
                assert not [c for c in transport._pool.connections if not c.is_idle()]
            assert asyncio.all_tasks() == {asyncio.current_task()}

        asyncio.run(use())

    def test_an_interrupted_pause_closes_the_flow(self, mock: MockServer, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(_: float) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("time.sleep", interrupt)
        closed: list[bool] = []

        def flow() -> segmind_client._flow.Flow[None]:
            try:
                yield segmind_client._flow.Pause(1.0)
            finally:
                closed.append(True)

        with mock.client() as client, pytest.raises(KeyboardInterrupt) as caught:
            client._driver.run(flow())
        # The traceback still has the frame, and with it the flow.
        assert caught.value.__traceback__ and closed == [True]


class TestInProcess:
    """The mock's application behind an injected client, without a socket."""

    def test_a_transport_to_the_mock_in_this_process(self, large: Model, payload_of: Payload) -> None:
        async def use() -> ImageResult:
            transport = httpx2.ASGITransport(app=segmind_mock.create_app(segmind_mock.Settings()))
            async with (
                httpx2.AsyncClient(transport=transport) as inner,
                AsyncSegmindClient("key-in-process", "http://mock", http_client=inner) as client,
            ):
                job = await client.stable_diffusion_3_5_large_txt2img.submit(**payload_of(large))
                return await job.download(interval=0.0)

        assert asyncio.run(use()).width == 64


class TestTheWireItself:
    """The client with httpx2 on a transport that misbehaves."""

    @staticmethod
    def _client(handler: Callable[[httpx2.Request], httpx2.Response], **arguments: Any) -> SegmindClient:
        inner = httpx2.Client(transport=httpx2.MockTransport(handler))
        return SegmindClient("SG_marker_0123456789", "http://service.test", http_client=inner, **arguments)

    @pytest.mark.parametrize(
        "error",
        [httpx2.ReadTimeout, httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError, httpx2.CloseError],
    )
    def test_a_broken_connection_sends_one_post(self, error: type[httpx2.TransportError]) -> None:
        posts: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            posts.append(request)
            raise error("broken")

        with pytest.raises(segmind_client.AmbiguousOutcome, match=error.__name__):
            self._client(handler).run_sync("m")
        assert len(posts) == 1

    def test_a_protocol_error_sends_one_post(self) -> None:
        """Under HTTP/2 this may happen long after the request was sent."""
        posts: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            posts.append(request)
            raise httpx2.LocalProtocolError("state")

        with pytest.raises(segmind_client.AmbiguousOutcome):
            self._client(handler).run_sync("m")
        assert len(posts) == 1

    def test_a_failed_connection_is_retried(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("time.sleep", lambda _: None)
        posts: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            posts.append(request)
            if len(posts) < 3:
                raise httpx2.ConnectTimeout("slow")
            return httpx2.Response(200, content=b"ok")

        assert self._client(handler).run_sync("m").content == b"ok"
        assert len(posts) == 3

    def test_a_body_without_end_under_an_error_is_cut(self) -> None:
        class Endless(httpx2.SyncByteStream):
            sent = 0

            def __iter__(self) -> Iterator[bytes]:
                yield b'{"error": "'
                while True:
                    self.sent += 4096
                    yield b"x" * 4096

        stream = Endless()
        with pytest.raises(segmind_client.BadRequestError) as caught:
            self._client(lambda _: httpx2.Response(400, stream=stream)).run_sync("m")
        assert stream.sent < 200_000
        assert len(caught.value.excerpt) == 500

    def test_an_error_status_counts_although_its_body_is_cut_short(self) -> None:
        class Broken(httpx2.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                yield b'{"error": "no cre'
                raise httpx2.ReadError("reset")

        with pytest.raises(segmind_client.InsufficientCreditsError):
            self._client(lambda _: httpx2.Response(406, stream=Broken())).run_sync("m")

    def test_a_response_that_is_too_large_is_dropped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        platform = segmind_client.spec.platform.PLATFORM  # type: ignore[attr-defined]
        small = platform._replace(limits=platform.limits._replace(max_response_bytes=1000))
        monkeypatch.setattr("segmind_client._network.body.PLATFORM", small)
        posts: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            posts.append(request)
            return httpx2.Response(200, content=b"x" * 5000)

        with pytest.raises(segmind_client.UnreadableResponse, match="larger than 1000 bytes"):
            self._client(handler).run_sync("m")
        assert len(posts) == 1

    def test_a_slow_body_is_cut_at_the_deadline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]
        client = self._client(lambda _: httpx2.Response(200, stream=Drip()), options=RequestOptions(timeout=10.0))
        monkeypatch.setattr(client._config, "clock", lambda: now[0])

        class Drip(httpx2.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                while True:
                    now[0] += 3.0
                    yield b"x"

        with pytest.raises(segmind_client.AmbiguousOutcome, match="timeout was over"):
            client.run_sync("m")
        assert now[0] == 12.0

    def test_no_wait_outlasts_the_deadline(self) -> None:
        asked: list[dict[str, float]] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            asked.append(dict(request.extensions["timeout"]))
            return httpx2.Response(200)

        self._client(handler, options=RequestOptions(timeout=3.0)).run_sync("m")
        assert set(asked[0]) == {"connect", "pool", "read", "write"}
        assert all(0 < seconds <= 3.0 for seconds in asked[0].values())

    def test_a_read_may_take_longer_than_the_slowest_documented_model(self) -> None:
        asked: list[dict[str, float]] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            asked.append(dict(request.extensions["timeout"]))
            return httpx2.Response(200)

        self._client(handler).run_sync("m")
        self._client(handler, timeout=7.0).run_sync("m")
        assert [times["read"] for times in asked] == [300.0, 7.0]
        assert [times["connect"] for times in asked] == [5.0, 5.0]

    def test_a_late_response_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = [0.0]

        class Late(httpx2.SyncByteStream):
            def __iter__(self) -> Iterator[bytes]:
                for _ in range(3):
                    now[0] += 2.0
                    yield b"x"

        def handler(_: httpx2.Request) -> httpx2.Response:
            now[0] = 11.0
            return httpx2.Response(200, stream=Late())

        client = self._client(handler, options=RequestOptions(timeout=10.0))
        monkeypatch.setattr(client._config, "clock", lambda: now[0])
        assert client.run_sync("m").content == b"xxx"
