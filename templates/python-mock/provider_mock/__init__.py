"""A mock of the service: the same paths, errors, queue and results, on your own machine and free of charge.

From a shell, run `provider-mock --port 8787`; a vendored copy is run with `python -m`. In a test, `create_app(Settings())` returns an ASGI application, and
`serving(Settings())` runs it behind a real socket, for clients in any language. With pytest, use the fixtures of
`pytest_plugin`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import VERSION as __version__

if TYPE_CHECKING:
    from .api.jobs import Pace
    from .server.app import App, create_app
    from .server.running import Running, serving
    from .settings import Settings
    from .state.clock import Clock

__all__ = ["App", "Clock", "Pace", "Running", "Settings", "__version__", "create_app", "serving"]

_WHERE = {
    "App": "server.app",
    "Clock": "state.clock",
    "Pace": "api.jobs",
    "Running": "server.running",
    "Settings": "settings",
    "create_app": "server.app",
    "serving": "server.running",
}


def __getattr__(name: str) -> Any:
    """Load `name` when it is first used, because pytest imports this package for its plugin in every run.

    Raises:
        MissingRequirement: A package of the extra `mock` is not installed, or the system is neither Linux nor macOS.
    """
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .requirements import check

    check()
    return getattr(import_module(f".{_WHERE[name]}", __name__), name)
