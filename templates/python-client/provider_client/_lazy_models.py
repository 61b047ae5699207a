"""The models as attributes of a client, imported at their first use. Type checkers see `_models` instead.

So a package of five hundred models starts as fast as one of four.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._models import AsyncModels as AsyncModels
    from ._models import Models as Models
else:
    from importlib import import_module

    from .spec.catalog import MODULES

    class Models:
        """One attribute for each model; `dir` lists them."""

        def __getattr__(self, name):
            if name not in MODULES.values():
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            resource = import_module(f".resources.{name}", __package__).RESOURCE
            # All threads get the object of the first one. From now on the attribute is found without this method.
            return self.__dict__.setdefault(name, resource(self._driver))

        def __dir__(self):
            return sorted({*super().__dir__(), *MODULES.values()})

    class AsyncModels(Models):
        """One attribute for each model of the asyncio client."""
