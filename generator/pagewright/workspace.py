"""The folders a run works on, and a fingerprint of everything that decides what is generated."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from .errors import UsageError

SPECS = "specs"
SCHEMAS = "specs/schema"
TEMPLATES = "templates"
GENERATED = "generated"
LOCK = "requirements.lock"
#: Where an installed package keeps what a clone has at its top.
INSTALLED = "_workspace"
#: A larger file is told from another by its size and date: no spec is that large, and reading it would take the memory.
_LARGEST = 64 << 20


class NotAWorkspace(UsageError):
    """There is no `specs/` and `templates/` here or above."""


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider of the workspace at `root`: the folder of its specs, and the folder of what is generated from them."""

    root: Path
    name: str

    @property
    def specs(self) -> Path:
        return self.root / SPECS / self.name

    @property
    def platform(self) -> Path:
        return self.specs / "platform.yaml"

    @property
    def models(self) -> Path:
        return self.specs / "models"

    @property
    def generated(self) -> Path:
        return self.root / GENERATED / self.name


def find_providers(root: Path) -> list[Provider]:
    """Return every provider of the workspace at `root`, in order of its name.

    Raises:
        NotAWorkspace: There is none.
    """
    folders = sorted(path.name for path in (root / SPECS).iterdir() if path.is_dir() and not path.name.startswith("."))
    providers = [Provider(root, name) for name in folders if name != Path(SCHEMAS).name]
    if not providers:
        raise NotAWorkspace(f"{root / SPECS} has no folder of a provider. Add {SPECS}/<provider>/platform.yaml.")
    return providers


def find_provider(root: Path, name: str | None = None, models: Iterable[str] = ()) -> Provider:
    """Return the provider of the workspace at `root` with this name; without a name the only one, or the one that has all
    of `models`.

    Raises:
        NotAWorkspace: There is none of that name, or there are several and none was named.
    """
    providers = find_providers(root)
    names = ", ".join(provider.name for provider in providers)
    if name is not None:
        found = next((provider for provider in providers if provider.name == name), None)
        if found is None:
            raise NotAWorkspace(f"{root / SPECS} has no provider {name!r}; there are: {names}.")
        return found
    if len(providers) > 1 and (slugs := list(models)):
        fitting = [each for each in providers if all((each.models / f"{slug}.yaml").is_file() for slug in slugs)]
        providers = fitting if len(fitting) == 1 else providers
    if len(providers) > 1:
        raise NotAWorkspace(f"{root / SPECS} has several providers ({names}). Name one with --provider.")
    return providers[0]


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds `specs/` and `templates/`."""
    for folder in (start, *start.parents):
        if (folder / SPECS).is_dir() and (folder / TEMPLATES).is_dir():
            return folder
    raise NotAWorkspace(
        f"no folder with {SPECS}/ and {TEMPLATES}/ at or above {start}. Go into a clone, or name it with --root."
    )


def find_installed_root() -> Path | None:
    """Return the specs and templates that come with this generator: beside it in a clone, inside it in an installed package."""
    own = Path(__file__).parent
    candidates = (own / INSTALLED, own.parent.parent)
    return next((path for path in candidates if (path / SPECS).is_dir() and (path / TEMPLATES).is_dir()), None)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def files_below(folder: Path) -> list[Path]:
    """Return every file below `folder`, in order of its path by code point. What editors and tools leave is passed over:
    names that begin with `.` or end in `~`, and `__pycache__`. Links to folders are not followed."""
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != "__pycache__"]
        found += [Path(place, name) for name in files if not name.startswith(".") and not name.endswith("~")]
    return sorted(found, key=lambda path: path.as_posix())


def _state(path: Path) -> str:
    """Return a hash of the file at `path`, or a description of what else it is. A pipe or a device is never opened."""
    try:
        status = path.stat()
    except OSError as error:
        return f"unreadable: {error.errno}"
    if not stat.S_ISREG(status.st_mode):
        return f"no file: {stat.S_IFMT(status.st_mode)}"
    if status.st_size > _LARGEST:
        return f"{status.st_size} bytes of {status.st_mtime_ns}"
    return digest(path.read_bytes())


def fingerprint(root: Path, paths: Iterable[Path]) -> str:
    """Return one hash of the names (relative to `root`) and contents of `paths`."""
    total = hashlib.sha256()
    for path in paths:
        name = os.fsencode(path.relative_to(root).as_posix())
        total.update(name + f"\0{_state(path)}\n".encode())
    return total.hexdigest()


_NO_BYTES = ("transcribe", "vendor", "comparing", "cli.py", "command_context.py", "signals.py", "lock.py", INSTALLED)


def _makes_bytes(own: Path, path: Path) -> bool:
    """Reading pages, comparing specs, vendoring, locking and talking to the user don't decide what is generated."""
    return path.relative_to(own).parts[0] not in _NO_BYTES


def generator_fingerprint(root: Path) -> str:
    """Return a hash of the generator: its code, and the lock file that pins its formatter and type maker."""
    own = Path(__file__).parent
    code = fingerprint(own, (path for path in files_below(own) if path.suffix == ".py" and _makes_bytes(own, path)))
    lock = root / LOCK
    return digest(f"{code}{digest(lock.read_bytes()) if lock.is_file() else ''}".encode())


def inputs_fingerprint(provider: Provider) -> str:
    """Return a hash that changes whenever a run could give different bytes."""
    root = provider.root
    folders = (root / SCHEMAS, provider.specs, root / TEMPLATES)
    inputs = [path for folder in folders for path in files_below(folder)]
    return digest(f"{generator_fingerprint(root)}{fingerprint(root, inputs)}".encode())
