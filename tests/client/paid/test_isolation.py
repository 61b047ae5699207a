"""User code that fails after a request was paid for: the failure is logged, and no image or handle is lost."""

from __future__ import annotations

import asyncio
import json
import logging
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from segmind_client import Budget, Hooks, Journal, RequestOptions
from segmind_client._flows import calls
from segmind_client._http import Request
from segmind_client.spec.facts import Model
from tests.client.doubles import Answer, MockServer, ScriptedService

TINY = "tinysd1.5-txt2img"


def _raise(*_: object) -> None:
    raise RuntimeError("mine")


def _warn(*_: object) -> None:
    warnings.warn("a warning, which is an error here", stacklevel=1)


class _Odd(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


def _raise_odd(*_: object) -> None:
    raise _Odd


class _Journal(Journal):
    def append(self, entry: dict[str, object]) -> None:
        if entry["event"] != "sending":
            raise LookupError("my journal")
        super().append(entry)


class _Budget(Budget):
    def note_credits(self, credits: float | None) -> None:
        raise LookupError("my budget")

    def _settle(self, reserved: int, spent: int, doubtful: int) -> None:
        raise LookupError("my books")


class _Handler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        raise LookupError("my log")


@pytest.fixture
def failing_log() -> Iterator[None]:
    logger, handler = logging.getLogger("segmind_client"), _Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture(params=["hooks", "warnings", "odd", "journal", "budget", "log"])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> RequestOptions:
    """Options with user code that fails."""
    kind = request.param
    if kind == "journal":
        return RequestOptions(journal=_Journal(tmp_path / "jobs.jsonl"))
    if kind == "budget":
        return RequestOptions(budget=_Budget(max_usd=5, prices={TINY: 0.01}))
    if kind == "log":
        request.getfixturevalue("failing_log")
        return RequestOptions()
    hook: Any = {"hooks": _raise, "warnings": _warn, "odd": _raise_odd}[kind]
    return RequestOptions(hooks=Hooks(response=hook, retry=hook, poll=hook))


def test_failing_user_code_costs_no_image_and_no_job(mock: MockServer, options: RequestOptions) -> None:
    mock.set("scenarios", scenario="status-503", times=1)
    with mock.client(options=options._replace(max_attempts=3)) as client:
        assert client.tinysd1_5_txt2img.generate(prompt="x").width
        result = client.run(TINY, prompt="x")
        assert client.download(result).width
        assert client.tinysd1_5_txt2img.submit(prompt="x").download(interval=0.0).width
    assert sum(bool(entry["charged"]) for entry in mock.journal("POST")) == 3


def test_failing_user_code_costs_no_image_under_asyncio(mock: MockServer, options: RequestOptions) -> None:
    async def use() -> None:
        async with mock.async_client(options=options) as client:
            assert (await client.tinysd1_5_txt2img.generate(prompt="x")).width
            assert (await client.download(await client.run(TINY, prompt="x"))).width

    asyncio.run(use())


def test_failing_user_code_is_logged(
    script: type[ScriptedService], answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    played = script(answer(200, b"ok"))
    options = RequestOptions(hooks=Hooks(response=_raise), budget=_Budget(max_usd=5, prices={"m": 0.01}))
    played.run(calls.call_sync(played.config, "m", None, {}, options))
    assert "_raise raised RuntimeError and was ignored: mine" in caplog.text
    assert "note_credits raised LookupError and was ignored: my budget" in caplog.text


@pytest.mark.parametrize("failure", [PermissionError, KeyboardInterrupt, asyncio.CancelledError])
def test_a_job_is_named_by_whatever_ends_the_wait_for_it(mock: MockServer, failure: type[BaseException]) -> None:
    def veto(request: Request) -> None:
        if request.method == "GET":
            raise failure("not this one")

    options = RequestOptions(hooks=Hooks(request=veto))
    with mock.client(options=options) as client, pytest.raises(failure) as caught:
        client.run(TINY, prompt="x")
    _names_the_job(mock, caught.value)

    async def use() -> None:
        async with mock.async_client(options=options) as client:
            await client.run(TINY, prompt="x")

    with pytest.raises(failure) as caught:
        asyncio.run(use())
    if failure is not asyncio.CancelledError:
        # Awaiting a cancelled task raises another exception than the one that ended it.
        _names_the_job(mock, caught.value)


def _names_the_job(mock: MockServer, error: BaseException) -> None:
    (note,) = error.__notes__
    handle = json.loads(note[note.index("{") :])
    assert handle["request_id"] == mock.journal("POST")[-1]["request_id"]


def test_user_code_that_fails_before_a_request_is_sent_ends_the_call(
    mock: MockServer, large: Model, tmp_path: Path
) -> None:
    class Full(Journal):
        def append(self, entry: dict[str, object]) -> None:
            raise LookupError("no line can be written")

    budget = Budget(max_usd=1)
    options = RequestOptions(journal=Full(tmp_path / "j"), budget=budget)
    with mock.client(options=options) as client, pytest.raises(LookupError):
        client.tinysd1_5_txt2img.generate(prompt="x")
    assert mock.journal() == [] and (budget.spent_usd, budget.reserved_usd) == (0, 0)
