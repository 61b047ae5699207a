"""Whatever was edited, an update loses nothing: over random edits of the vendored tree and of what comes."""

from __future__ import annotations

import shutil
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pagewright.vendor.add import add
from pagewright.vendor.merge import is_python
from pagewright.vendor.package import Origin, Package
from pagewright.vendor.record import plain, read_record, text_digest
from pagewright.vendor.update import update

NAMES = ("a.py", "b.py", "sub/c.py", "d.txt")

#: (place, kind, number) each; None: the file is not there.
Edits = list[tuple[int, str, int]] | None
edits = st.lists(
    st.tuples(st.integers(0, 12), st.sampled_from(["insert", "replace", "delete"]), st.integers(0, 99)), max_size=4
)
trees = st.dictionaries(st.sampled_from(NAMES), edits | st.none(), max_size=4)


def edited(content: bytes, changes: Edits, mark: str) -> bytes:
    lines = content.splitlines(keepends=True)
    for place, kind, number in changes or ():
        at = min(place, len(lines))
        new = f"{mark}_{number} = {number}\n".encode()
        lines[at : at + (kind != "insert")] = [] if kind == "delete" else [new]
    return b"".join(lines)


def package(given: dict[str, Edits], mark: str) -> Package:
    """Four files of twelve lines, always Python, changed as asked for."""
    files = {
        path: edited(
            b"".join(b"%s_%d = 0\n" % (Path(path).stem.encode(), number) for number in range(12)), changes, mark
        )
        for path in NAMES
        if (changes := given.get(path, [])) is not None
    }
    inputs = text_digest(b"".join(f"{path}\0".encode() + content for path, content in sorted(files.items())))
    return Package("acme", "python", files, {"acme": Origin("acme", "", ())}, (), "", (), inputs)


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees, trees, trees, st.booleans())
def test_an_update_loses_nothing(
    tmp_path: Path, first: dict[str, Edits], local: dict[str, Edits], second: dict[str, Edits], crlf: bool
) -> None:
    folder = tmp_path / "package"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    add(folder, package(first, "old"))
    written = files_in(folder)
    for path, changes in local.items():
        place = folder / path
        if changes is None:
            place.unlink(missing_ok=True)
        elif changes:
            place.parent.mkdir(exist_ok=True)
            content = edited(written.get(path, b""), changes, "mine")
            place.write_bytes(content.replace(b"\n", b"\r\n") if crlf else content)
    before = files_in(folder)
    touched = {path for path in NAMES if path in before and plain(before[path]) != written.get(path)}

    new = package(second, "new")
    outcome = update(folder, read_record(folder), new)

    after = files_in(folder)
    mine = {line for path in touched for line in plain(before[path]).splitlines() if line.startswith(b"mine")}
    assert mine <= {line for content in after.values() for line in plain(content).splitlines()}
    assert all(is_python(content) for path, content in after.items() if path.endswith(".py"))
    if outcome.conflicts:
        assert {path: content for path, content in before.items() if after[path] != content}.keys() <= {"VENDORED.json"}
        assert {fate.content for fate in outcome.conflicts} - {None} <= {after[name] for name in outcome.beside}
        return
    moved = {fate.path for fate in outcome.fates if fate.kind == "renamed"}
    for path in {*NAMES} - touched - moved:
        assert plain(after.get(path, b"absent")) == new.files.get(path, b"absent"), path
    again = update(folder, read_record(folder), new)
    assert not again.changes and not again.conflicts
    assert files_in(folder) == after
