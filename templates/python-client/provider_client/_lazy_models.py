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

    #: How many models a message names, and how similar a name must be to come first.
    _SHOWN, _SIMILAR = 8, 0.6

    class Models:
        """One attribute for each model; `dir` lists them."""

        def __getattr__(self, name):
            if name not in MODULES.values():
                message = f"{type(self).__name__!r} object has no attribute {name!r}{_models_like(name)}"
                raise AttributeError(message, name=name, obj=self)
            resource = import_module(f".resources.{name}", __package__).RESOURCE
            # All threads get the object of the first one. From now on the attribute is found without this method.
            return self.__dict__.setdefault(name, resource(self._driver))

        def __dir__(self):
            return sorted({*super().__dir__(), *MODULES.values()})

    def _models_like(name):
        """Return the models for a message, the nearest first; "" for a private name, which other libraries look for."""
        if name.startswith("_"):
            return ""
        from .spec.similar import nearest

        models = sorted(MODULES.values())
        listed = list(dict.fromkeys([*nearest(name, models, _SHOWN, _SIMILAR), *models]))
        more = f" and {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        return f"; its models are {', '.join(listed[:_SHOWN])}{more}"

    class AsyncModels(Models):
        """One attribute for each model of the asyncio client."""
