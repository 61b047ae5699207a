"""What lies in `specs/` may be anything: links, pipes, devices, bombs. A run says so at once, and writes nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pagewright.specs.document import read_document
from pagewright.specs.spec import Catalog, model_from
from tests.generator.conftest import REPOSITORY, SKETCH, Workspace
from tests.generator.hostile.rendering import Press, skeletons

MODEL = "specs/acme/models/x.yaml"
PLATFORM = "specs/acme/platform.yaml"


def put_link(place: Path, to: str) -> None:
    place.unlink(missing_ok=True)
    place.symlink_to(to)


def put_pipe(place: Path, _: str) -> None:
    place.unlink(missing_ok=True)
    os.mkfifo(place)


def put_folder(place: Path, _: str) -> None:
    place.unlink(missing_ok=True)
    place.mkdir()


def put_hole(place: Path, size: str) -> None:
    """A file of `size` bytes that takes no room on the disk, and would take all memory."""
    with place.open("wb") as file:
        file.truncate(int(size))


HOSTILE: dict[str, tuple[Callable[[Path, str], None], str]] = {
    "a link to a file that nobody may see": (put_link, "/etc/passwd"),
    "a link to a good spec": (put_link, "acme-sketch.yaml"),
    "a link to nothing": (put_link, "/nowhere"),
    "a link to itself": (put_link, "x.yaml"),
    "a device without an end": (put_link, "/dev/zero"),
    "a pipe that nobody writes to": (put_pipe, ""),
    "a folder": (put_folder, ""),
    "a file of ten gigabytes": (put_hole, str(10**10)),
}


@pytest.mark.parametrize("path", [MODEL, PLATFORM])
@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_spec_is_said_at_its_place(acme: Workspace, name: str, path: str) -> None:
    put, argument = HOSTILE[name]
    put(acme.root / path, argument)
    result = acme.press()
    assert {(finding.path, finding.line, finding.column) for finding in result.findings} >= {(path, 1, 1)}
    assert {finding.code for finding in result.findings if finding.path == path} <= {"S001", "S006", "Y002"}
    assert "root:" not in "".join(map(str, result.findings))
    assert not acme.generated.exists()


@pytest.mark.parametrize("name", ["a device without an end", "a pipe that nobody writes to", "a file of ten gigabytes"])
def test_what_lies_beside_the_specs_is_not_read(acme: Workspace, name: str) -> None:
    put, argument = HOSTILE[name]
    put(acme.root / "specs/notes", argument)
    assert acme.press().changes
    assert not acme.press().changes


BOMBS: dict[str, str | bytes] = {
    "aliases in aliases": "a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nslug: *c\n",
    "an anchor in itself": "&a [*a]\n",
    "a merge": "base: &base {slug: x}\n<<: *base\n",
    "a tag": "slug: !!python/object/apply:os.system [id]\n",
    "a key twice": "slug: x\nslug: y\n",
    "deep": "[" * 5000,
    "deep by indent": "".join(f"{' ' * depth}a:\n" for depth in range(500)),
    "no number of JSON": "price_usd: .nan\n",
    "beyond every number": "price_usd: 1e400\n",
    "a number of many digits": f"price_usd: {'9' * 5000}\n",
    "half a character": 'title: "\\ud800"\n',
    "a direction turned": "title: a\u202eb\n",
    "a long text": f"task: {'A' * 5000}\n",
    "a null byte": "title: a\0b\n",
    "UTF-16": "title: a\n".encode("utf-16"),
    "nothing": "",
    "two documents": "a: 1\n---\nb: 2\n",
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_findings(acme: Workspace, name: str) -> None:
    acme.write(MODEL, BOMBS[name])
    findings = acme.press().findings
    assert findings and {finding.path for finding in findings} == {MODEL}
    assert all(len(str(finding)) < 400 for finding in findings)
    assert not acme.generated.exists()


def test_a_file_whose_name_is_no_text_has_findings_that_are(acme: Workspace) -> None:
    content = (acme.root / SKETCH).read_bytes()
    for name in (b"a\xff.yaml", b"b\xff.yaml.orig", b"c\x1b[31m.yaml"):
        (acme.root / "specs/acme/models" / os.fsdecode(name)).write_bytes(content)
    findings = acme.press().findings
    assert {finding.path.rpartition("/")[2][:1] for finding in findings} == {"a", "b", "c"}
    assert all(str(finding).encode().decode().isprintable() for finding in findings)


@pytest.mark.parametrize(
    ("old", "new", "is_kept"),
    [
        ("description: What to draw.", "description: no", True),
        ("description: What to draw.", "description: 9:16", True),
        ("description: What to draw.", "description: 2024-01-01", True),
        ("description: What to draw.", "description: 12:30:45", True),
        ("description: What to draw.", "description: 010", False),
        ("description: What to draw.", "description: 0o17", False),
        ("description: What to draw.", "description: 1e3", False),
        ("description: What to draw.", "description: on", True),
    ],
)
def test_a_text_stays_the_text_that_was_written(acme: Workspace, old: str, new: str, is_kept: bool) -> None:
    """Where YAML 1.1 would make a truth value, a time or a number of base 60 of it."""
    acme.replace(SKETCH, old, new)
    findings = acme.findings()
    assert [finding.code for finding in findings] == ([] if is_kept else ["S004"])
    if is_kept:
        said = acme.catalog().models[1].parameters[0].description
        assert said == new.partition(": ")[2]


@pytest.mark.parametrize(
    "number", ["-0.0", "0.0", "1e-400", "5e-324", "1.7976931348623157e+308", "0x1F", "9" * 290, "1e3"]
)
def test_odd_numbers_come_out_as_they_went_in(repository: Workspace, number: str) -> None:
    text = (REPOSITORY / "tests/generator/acme" / SKETCH).read_text()
    text = text.replace(
        "prompt: {type", f"odd: {{type: number, minimum: {number}, default: {number}}}\n    prompt: {{type"
    )
    document, findings = read_document(SKETCH, text.encode())
    assert document and not findings
    catalog = Catalog(repository.catalog().platform, (model_from(document),))
    assert skeletons(Press().raw_files(catalog))


SLUGS = ["../x", "..", "a/b/c/d", "a//b", "a/", "/a", "a/..", "C:", "\\x", "ａｃｍｅ", "аcme", "x" * 101, ".x", "-rf", "a\nb", "", "__init__", "a b", "$(id)", "%2e%2e"]  # fmt: skip


@pytest.mark.parametrize("slug", SLUGS)
def test_a_slug_is_no_path(acme: Workspace, slug: str) -> None:
    acme.replace(SKETCH, "slug: acme-sketch", f'slug: "{slug.encode("unicode_escape").decode()}"')
    assert [finding.code for finding in acme.press().findings] == ["S004"]
    assert not acme.generated.exists()


def test_a_slug_has_as_many_parts_as_the_platform_says(acme: Workspace) -> None:
    acme.replace(SKETCH, "slug: acme-sketch", "slug: a/b")
    assert [finding.code for finding in acme.press().findings] == ["L001", "L067"]


@pytest.mark.parametrize("slug", ["con", "aux.x", "NUL", "class", "import", "print", "CON.", "1", "a..b", "x" * 100])
def test_a_slug_that_is_a_name_of_something_else_gets_another_name(acme: Workspace, slug: str) -> None:
    acme.write(
        f"specs/acme/models/{slug}.yaml",
        (acme.root / SKETCH).read_text().replace("slug: acme-sketch", f'slug: "{slug}"'),
    )
    (acme.root / SKETCH).unlink()
    result = acme.press()
    assert not result.findings
    stems = {Path(path).stem.lower() for path in acme.tree()}
    assert not stems & {"con", "aux", "nul", "class", "import", "print", "1"}
    assert all(path.isascii() and len(Path(path).name) < 120 for path in acme.tree())


def test_two_slugs_that_look_alike_are_not_one_file(acme: Workspace) -> None:
    text = (acme.root / SKETCH).read_text().replace("slug: acme-sketch", "slug: Acme_Sketch")
    acme.write("specs/acme/models/Acme_Sketch.yaml", text)
    assert "L002" in [finding.code for finding in acme.press().findings]
    assert not acme.generated.exists()


def state(folder: Path) -> dict[str, object]:
    """Every path below `folder` with what stands there."""
    found: dict[str, Any] = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place) / name
            status = path.lstat()
            content = path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file() else ""
            found[path.relative_to(folder).as_posix()] = (status.st_mode, content)
    return found


def test_nothing_is_written_outside_of_generated(tmp_path: Path) -> None:
    """The real specs and templates: first run, second run, check, in a watched home and a watched temporary folder."""
    root = tmp_path / "clone"
    for name in ("specs", "templates"):
        shutil.copytree(REPOSITORY / name, root / name)
    (root / "requirements.lock").write_bytes((REPOSITORY / "requirements.lock").read_bytes())
    for name in ("home", "tmp", "cwd"):
        (tmp_path / name).mkdir()
    before = state(tmp_path)
    places = {"HOME": "home", "TMPDIR": "tmp", "XDG_CACHE_HOME": "home/cache", "XDG_CONFIG_HOME": "home/config"}
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"}
    environment |= {name: str(tmp_path / place) for name, place in places.items()}
    for arguments in (["generate"], ["generate"], ["generate", "--check"], ["lint"]):
        command = [sys.executable, "-m", "pagewright", "--root", str(root), *arguments]
        run = subprocess.run(
            command, env=environment, cwd=tmp_path / "cwd", capture_output=True, text=True, check=False
        )
        assert run.returncode == 0, run.stdout + run.stderr
    after = {path: what for path, what in state(tmp_path).items() if not path.startswith("clone/generated")}
    assert after == before


def test_a_run_opens_no_socket(acme: Workspace, repository: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the generator asked for the network")

    for name in ("connect", "connect_ex", "bind", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse, raising=False)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert acme.press().changes
    assert dict(Press().files(repository.catalog()))


def test_a_run_needs_no_network_in_any_of_its_processes(acme: Workspace) -> None:
    """Unlike a replaced function, an audit hook sees each use of a socket, also in C and in forked workers."""
    code = """
import runpy, sys

def refuse(event, arguments):
    if event.startswith("socket.") and event != "socket.__new__":
        raise AssertionError(f"the generator asked for the network: {event} {arguments}")

sys.addaudithook(refuse)
runpy.run_module("pagewright", run_name="__main__")
"""
    command = [sys.executable, "-c", code, "--root", str(acme.root), "generate"]
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    run = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert acme.tree()
