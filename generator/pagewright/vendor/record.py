"""The record of a vendored package: `VENDORED.json`, and beside it the files as they were written, to merge updates with.

`VENDORED.base.tar.xz` holds every file as the generator wrote it. It is read into memory and never unpacked; each text
in it is believed only if it has the hash that `VENDORED.json` names.
"""

from __future__ import annotations

import base64
import io
import json
import lzma
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from .. import __version__
from ..errors import PagewrightError, UsageError
from ..workspace import Workspace, digest
from .package import PYTHON, Origin, Package, SpecSource

NAME = "VENDORED.json"
BASE = "VENDORED.base.tar.xz"
VERSION = 1
#: A base beyond this is none of ours.
_MAX_BASE = 1 << 26


class NotVendored(UsageError):
    """The folder holds no vendored package."""


class BadRecord(PagewrightError):
    """`VENDORED.json` can't be read, so what was written is unknown."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A file that an update could not merge, until an update succeeds.

    `incoming` is the new version, None if the new version has no such file; `moved_to` is its path if the file was renamed.
    `marked` is the hash of the file as it was before an update wrote conflict markers into it. Once it is `resolved`, the
    file is the merge of both sides, so `incoming` is what later versions are merged with.
    """

    incoming: bytes | None
    moved_to: str = ""
    marked: str = ""
    resolved: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """`files` gives the SHA-256 of each file as it was written, line ends as LF; `conflicts` that of files which an
    update put beside others because it could not merge them, and `merges` the conflicts by the path of the file. `inputs`
    is the fingerprint of specs and generator; `provider` is "" in records of the first edition, which knew one. `offered`
    are the parts that could be chosen, empty in records that were written before any of them was added. `templates` and
    `code` are the fingerprints of the templates and of the generator's code, "" in older records. `renamed` are the new
    keywords of parameters that updates found under another name, by slug and old keyword."""

    generator: str
    provider: str
    target: str
    inputs: str
    models: Mapping[str, Origin]
    parts: tuple[str, ...]
    platform: str
    requires: tuple[str, ...]
    files: Mapping[str, str]
    conflicts: Mapping[str, str] = field(default_factory=dict[str, str])
    merges: Mapping[str, Conflict] = field(default_factory=dict[str, Conflict])
    offered: tuple[str, ...] = ()
    templates: str = ""
    code: str = ""
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict[str, Mapping[str, str]])

    def to_bytes(self) -> bytes:
        data = {
            "version": VERSION,
            "generator": self.generator,
            "provider": self.provider,
            **({"target": self.target} if self.target != PYTHON else {}),
            "inputs": self.inputs,
            "templates": self.templates,
            "code": self.code,
            "platform": self.platform,
            "models": {slug: asdict(origin) for slug, origin in sorted(self.models.items())},
            "with": list(self.parts),
            "offered": list(self.offered),
            "requires": list(self.requires),
            "files": dict(sorted(self.files.items())),
        }
        if self.renamed:
            data["renamed"] = {slug: dict(names) for slug, names in sorted(self.renamed.items())}
        if self.conflicts:
            data["conflicts"] = dict(sorted(self.conflicts.items()))
        if self.merges:
            data["merges"] = {path: _conflict_data(each) for path, each in sorted(self.merges.items())}
        return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def record_of(package: Package) -> Record:
    files = {path: text_digest(content) for path, content in package.files.items()}
    return Record(
        __version__,
        package.provider,
        package.target,
        package.inputs,
        package.models,
        package.parts,
        package.platform,
        package.requires,
        files,
        offered=package.offered,
        templates=package.templates,
        code=package.code,
    )


def read_record(folder: Path) -> Record:
    """Return the record of the package at `folder`.

    Raises:
        NotVendored: There is none.
        BadRecord: It can't be read.
    """
    try:
        content = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        raise NotVendored(f"{folder} holds no {NAME}. Make it with `pagewright vendor add`.") from None
    try:
        data: Any = json.loads(content)
        if data["version"] != VERSION:
            raise ValueError(f"version {data['version']!r}, not {VERSION}")
        models = {
            str(slug): Origin(str(entry["name"]), str(entry["spec"]), tuple(map(str, entry["pages"])))
            for slug, entry in data["models"].items()
        }
        files, conflicts = (_hashes(data.get(key, {})) for key in ("files", "conflicts"))
        merges = {path: _conflict(each) for path, each in data.get("merges", {}).items()}
        _check_paths([*merges, *(each.moved_to for each in merges.values() if each.moved_to)])
        return Record(
            str(data["generator"]),
            str(data.get("provider", "")),
            str(data.get("target", PYTHON)),
            str(data["inputs"]),
            models,
            tuple(map(str, data["with"])),
            str(data["platform"]),
            tuple(map(str, data["requires"])),
            files,
            conflicts,
            merges,
            tuple(map(str, data.get("offered", ()))),
            str(data.get("templates", "")),
            str(data.get("code", "")),
            {str(slug): _hashes(names) for slug, names in data.get("renamed", {}).items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"no {error}" if isinstance(error, KeyError) else str(error)
        raise BadRecord(f"{folder / NAME}: unreadable ({why}). Restore it from version control.") from error


def parts_of(source: SpecSource, record: Record, chosen: Sequence[str] = ()) -> list[str]:
    """Return the parts that an update of the package gives it: those `chosen` (`none` for none), else those that it has.

    A part that did not exist when the record was written stays, whatever is chosen: what the package contains of it was
    never asked for by name, and nobody could have kept it by name either.
    """
    parts = () if tuple(chosen) == ("none",) else tuple(chosen or record.parts)
    had = [part for part in parts if part in record.parts]
    return sorted({*parts, *source.included_before(record.target, had, record.offered)})


def needs(requires: Iterable[str]) -> str:
    """Return what a package requires, in words: distributions with the range of their versions."""
    return ", ".join(each.partition(";")[0] for each in requires) or "nothing"


def _hashes(data: Mapping[str, object]) -> dict[str, str]:
    """Hashes by path; a path outside the package is refused."""
    _check_paths(data)
    return {path: str(sha) for path, sha in data.items()}


def _check_paths(paths: Iterable[str]) -> None:
    for path in paths:
        if not path or path.startswith("/") or "\\" in path or {"", ".", ".."} & set(path.split("/")):
            raise ValueError(f"{path!r} is not a path of a file in the package")


def _conflict_data(conflict: Conflict) -> dict[str, object]:
    """The new version is packed, so that the record stays short; it is there only until an update succeeds."""
    incoming = conflict.incoming
    return {
        "state": "resolved" if conflict.resolved else "conflict",
        "incoming": None if incoming is None else base64.b64encode(lzma.compress(incoming, preset=2)).decode(),
        **({"moved_to": conflict.moved_to} if conflict.moved_to else {}),
        **({"marked": conflict.marked} if conflict.marked else {}),
    }


def _conflict(data: Mapping[str, Any]) -> Conflict:
    packed = data["incoming"]
    try:
        incoming = None if packed is None else lzma.LZMADecompressor().decompress(base64.b64decode(packed), _MAX_BASE)
    except lzma.LZMAError as error:
        raise ValueError(str(error)) from error
    return Conflict(incoming, str(data.get("moved_to", "")), str(data.get("marked", "")), data["state"] == "resolved")


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the files as an archive without times, users or paths of this machine."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:xz", preset=2, format=tarfile.USTAR_FORMAT) as archive:
        for path, content in sorted(files.items()):
            member = tarfile.TarInfo(path)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def read_base(folder: Path, record: Record) -> dict[str, bytes]:
    """Return the files as they were written, from the archive, or else from files that were not edited."""
    base = {path: plain(content) for path, content in unpacked(folder).items()}
    for path in record.files:
        place = folder / path
        if path not in base and place.is_file():
            base[path] = plain(place.read_bytes())
    return {path: base[path] for path, sha in record.files.items() if path in base and digest(base[path]) == sha}


def unpacked(folder: Path) -> dict[str, bytes]:
    """Return the files in the archive; none if it is missing or damaged."""
    found: dict[str, bytes] = {}
    left = _MAX_BASE
    try:
        with tarfile.open(folder / BASE, "r:xz") as archive:
            for member in archive:
                left -= member.size
                if left < 0:
                    return {}
                reader = archive.extractfile(member) if member.isreg() else None
                if reader:
                    found[member.name] = reader.read()
    except (OSError, EOFError, lzma.LZMAError, tarfile.TarError):
        return {}
    return found


def plain(content: bytes) -> bytes:
    """Return `content` with LF for CR LF, which version control may have written; a file with NUL bytes is not text."""
    return content if b"\0" in content else content.replace(b"\r\n", b"\n")


def text_digest(content: bytes) -> str:
    """Return the hash of a file's text, independent of its line ends."""
    return digest(plain(content))


def with_ends_of(there: bytes | None, content: bytes) -> bytes:
    """`content` with the line ends that the file has which it replaces."""
    if there and b"\r\n" in there and b"\0" not in there and b"\0" not in content:
        return plain(content).replace(b"\n", b"\r\n")
    return content


def packages_with(workspace: Workspace, slug: str) -> dict[str, Record]:
    """Return the vendored packages that `pagewright.toml` names and that have the model, by folder."""
    folders = [entry.path for entry in workspace.config.vendored if (workspace.root / entry.path / NAME).is_file()]
    records = {folder: read_record(workspace.root / folder) for folder in folders}
    return {folder: record for folder, record in records.items() if slug in record.models}
