"""The models as a client's attributes when it runs: each is imported when it is first used, so that a package of five
hundred models starts as fast as one of four. What a type checker sees instead is in `_models`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._models import Models as Models
else:
    from importlib import import_module
    from typing import Generic

    from ._resource import JobT, ResultT
    from .spec.catalog import MODULES

    class Models(Generic[ResultT, JobT]):
        """An attribute for each model; `dir` lists them."""

        def __getattr__(self, name):
            if name not in MODULES.values():
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)
            resource = import_module(f".resources.{name}", __package__).RESOURCE
            # Whichever thread comes first: all get the same one, and from now on without coming here.
            return self.__dict__.setdefault(name, resource(self._shell))

        def __dir__(self):
            return sorted({*super().__dir__(), *MODULES.values()})
