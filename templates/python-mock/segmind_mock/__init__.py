"""A mock of the service: the same paths, errors, queue and pictures, on your own machine and for nothing.

From a shell, `segmind-mock --port 8787`. In a test of the same process, `create_app(Settings())` is an ASGI
application; `serving(Settings())` runs it behind a real socket, for clients in any language.
"""

from __future__ import annotations

from ._version import VERSION as __version__
from .app import App, create_app
from .clock import Clock
from .jobs import Pace
from .server import Running, serving
from .settings import Settings

__all__ = ["App", "Clock", "Pace", "Running", "Settings", "__version__", "create_app", "serving"]
