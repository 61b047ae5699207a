"""Patches for modules that are imported later."""

from __future__ import annotations

import importlib.machinery
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any


@contextmanager
def patching_imports(loaded: dict[str, Callable[[ModuleType], None]]) -> Generator[None, None, None]:
    """Call `loaded[name]` with each module of these names that is imported while the block runs."""
    finder = _PatchingFinder(loaded)
    # Not at the front: code such as pyfakefs puts a finder there and later removes whatever is first.
    places = [place for place, other in enumerate(sys.meta_path) if other is importlib.machinery.PathFinder]
    sys.meta_path.insert(places[0] if places else len(sys.meta_path), finder)
    try:
        yield
    finally:
        # Code under test may have replaced the list.
        if finder in sys.meta_path:
            sys.meta_path.remove(finder)


class _PatchingFinder:
    """A finder that uses the finders after it, and patches the modules in `loaded` after their import."""

    def __init__(self, loaded: dict[str, Callable[[ModuleType], None]]) -> None:
        self._loaded = loaded

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if name not in self._loaded:
            return None
        # Those before this finder have not found the module.
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            found = finder.find_spec(name, path, target)
            if found is not None:
                if found.loader is not None:
                    found.loader = _PatchingLoader(found, self._loaded[name])  # type: ignore[assignment]
                return found
        return None


class _PatchingLoader:
    """A loader that uses the real loader, restores it, and calls `loaded`."""

    def __init__(self, spec: importlib.machinery.ModuleSpec, loaded: Callable[[ModuleType], None]) -> None:
        self._spec = spec
        self._real: Any = spec.loader
        self._loaded = loaded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._real.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._spec.loader = module.__loader__ = self._real
        self._real.exec_module(module)
        self._loaded(module)
