"""The fixtures `provider_mock` (in this process) and `provider_mock_server` (behind a socket).

    def test_it_draws(provider_mock):
        provider_mock.expect("SLUG", seed=7)
        my_code_that_calls_the_service()

The code under test needs no changes. Each test gets a new mock. Set options with a marker:
`@pytest.mark.provider_mock(queue="polls:2", credits=0.01)`. Importing this module loads no other module of the mock,
since pytest imports it in every run where the package is installed.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .testing import ProviderMock
    from .testing.fixtures import InProcessMocks, ServedMocks

_MOCKS = pytest.StashKey["list[ProviderMock]"]()


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "provider_mock(queue, credits, basis, keys, price, frozen): sets up the mock of this test, by name; queue is "
        "polls:N, time:SECONDS or instant, keys the API keys that are accepted, frozen holds its clock still",
    )


def pytest_collection_finish(session: pytest.Session) -> None:
    """Prepare the mock for pyfakefs, before a test has a fake file system."""
    if "pyfakefs" in sys.modules and any(
        "provider_mock" in getattr(item, "fixturenames", ()) for item in session.items
    ):
        from .requirements import MissingRequirement

        # Without its requirements, the fixture itself says what is missing.
        with suppress(MissingRequirement, ImportError):
            from .testing.fake_files import keep_real_files

            keep_real_files()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check expectations after a passed test, as part of the test and not of its teardown."""
    mocks = item.stash.get(_MOCKS, None) or []
    try:
        outcome = yield
    except (Exception, pytest.fail.Exception):
        _add_report(item, mocks)
        raise
    failures = [failure for mock in mocks for failure in mock.failures()]
    if failures:
        _add_report(item, mocks)
        pytest.fail("\n\n".join(failures), pytrace=False)
    return outcome


@pytest.fixture
def provider_mock(
    request: pytest.FixtureRequest, _provider_mock_in_process: InProcessMocks
) -> Generator[ProviderMock, None, None]:
    """A mock of the service in this process. It answers what httpx2, httpx or requests sends to the service."""
    yield from _mock(request, _provider_mock_in_process)


@pytest.fixture
def provider_mock_server(
    request: pytest.FixtureRequest, _provider_mock_served: ServedMocks
) -> Generator[ProviderMock, None, None]:
    """A mock of the service at `.url`, for clients in any language. The environment variables point to it."""
    yield from _mock(request, _provider_mock_served)


@pytest.fixture(scope="session")
def _provider_mock_in_process() -> Generator[InProcessMocks, None, None]:
    _check()
    from .testing.fixtures import InProcessMocks

    mocks_of_session = InProcessMocks()
    yield mocks_of_session
    mocks_of_session.close()


@pytest.fixture(scope="session")
def _provider_mock_served() -> Generator[ServedMocks, None, None]:
    _check()
    from .testing.fixtures import ServedMocks

    mocks_of_session = ServedMocks()
    yield mocks_of_session
    mocks_of_session.close()


def _check() -> None:
    """Fail the test with one line if the mock cannot run here."""
    from .requirements import MissingRequirement, check

    try:
        check()
    except MissingRequirement as error:
        raise pytest.fail.Exception(f"provider_mock: {error}", pytrace=False) from None


def _mock(
    request: pytest.FixtureRequest, mocks_of_session: InProcessMocks | ServedMocks
) -> Generator[ProviderMock, None, None]:
    """Yield a mock with the options of the markers. The marker nearest to the test wins."""
    from .testing.fixtures import read_options

    options: dict[str, Any] = {}
    for marker in reversed(list(request.node.iter_markers("provider_mock"))):
        if marker.args:
            pytest.fail("The marker provider_mock takes its options by name.", pytrace=False)
        options.update(marker.kwargs)
    try:
        setup = read_options(options)
    except ValueError as error:
        message = f"The options of the marker provider_mock are invalid: {error}."
        raise pytest.fail.Exception(message, pytrace=False) from None
    mocks = request.node.stash.setdefault(_MOCKS, [])
    with pytest.MonkeyPatch.context() as patch, mocks_of_session.mock(setup, patch) as mock:
        mocks.append(mock)
        yield mock
        mocks.remove(mock)


def _add_report(item: pytest.Item, mocks: list[ProviderMock]) -> None:
    """Add the requests that the mocks received to the report of a failed test."""
    for mock in mocks:
        # An error in the mock must not hide the failure of the test.
        with suppress(Exception):
            item.add_report_section("call", "provider_mock", mock.report())
