"""Preparation for pyfakefs, which gives all modules a fake file system while a test runs.

The mock must see the real one, also in its own thread: it reads fonts and imports modules at their first use.
"""

from __future__ import annotations

import sys
from typing import Any

from .fixtures import InProcessMocks, read_options


def keep_real_files() -> None:
    """Load what answers a request, and except it from the fake file systems of pyfakefs."""
    import pytest
    from pyfakefs import fake_filesystem_unittest

    patcher: Any = fake_filesystem_unittest.Patcher
    package = __name__.rpartition(".testing.")[0]
    _import_transports()
    mocks_of_session = InProcessMocks()
    with pytest.MonkeyPatch.context() as patch, mocks_of_session.mock(read_options({}), patch) as mock:
        mock.report()
    mocks_of_session.close()
    for name, module in list(sys.modules.items()):
        # requests looks for its certificates.
        if name in ("requests.adapters", package) or name.startswith(("PIL.", f"{package}.")):
            patcher.SKIPMODULES.add(module)


def _import_transports() -> None:
    """Load what imported HTTP libraries need from files: their certificates and their own metadata."""
    from . import transports

    for name, core in (("httpx", "httpcore"), ("httpx2", "httpcore2")):
        library = sys.modules.get(name)
        if library is not None:
            __import__(core)
            transports.ssl_context(library, True, transports.certificate_places())
    if "urllib3" in sys.modules:
        from . import urllib3_pool as urllib3_pool
