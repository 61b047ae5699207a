"""A catalogue of any size: what a run costs is counted in work, since the clock says more of the machine than of us."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import black
import pytest
from black.mode import TargetVersion

from pagewright.generate import generate
from pagewright.publishing import stat_cache
from pagewright.publishing.manifest import CACHE, NAME, read_manifest
from pagewright.publishing.retained import write_retained
from pagewright.rendering import parallel
from pagewright.rendering.formatting import WIDTH
from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import BadTemplate, PlannedFile, Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs import metaschema
from pagewright.specs.document import read_document
from pagewright.specs.load import load
from pagewright.workspace import digest, find_provider, layers, open_workspace
from scripts.synthetic_catalogue import add_models, invented_slugs, make_workspace, spec
from tests.generator.conftest import ACME, REPOSITORY, Workspace

MANY = 40


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The repository's templates with many models, to read from."""
    root = tmp_path_factory.mktemp("catalogue") / "workspace"
    make_workspace(root, MANY)
    return Workspace(root)


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Acme's one small target with many models, everything generated."""
    root = tmp_path_factory.mktemp("acmes") / "acme"
    shutil.copytree(ACME, root)
    shutil.copytree(REPOSITORY / "specs" / "schema", root / "specs" / "schema")
    add_models(root / "specs" / "acme" / "models", MANY)
    assert not generate(find_provider(open_workspace(root))).findings
    return root


@pytest.fixture
def acmes(pattern: Path, tmp_path: Path) -> Workspace:
    """A copy of the same."""
    return Workspace(Path(shutil.copytree(pattern, tmp_path / "acmes")))


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all files that runs render from now on."""
    paths: list[str] = []
    original = parallel.render_all

    def noted(renderer: Renderer, outputs: list[PlannedFile], *others: Any) -> dict[str, bytes]:
        paths.extend(output.path for output in outputs)
        return original(renderer, outputs, *others)

    monkeypatch.setattr(parallel, "render_all", noted)
    return paths


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths of all files below specs/ that runs parse from now on."""
    paths: list[str] = []
    original = read_document

    def noted(path: str, content: bytes) -> object:
        if path.startswith("specs/"):
            paths.append(path)
        return original(path, content)

    monkeypatch.setattr(metaschema, "read_document", noted)
    return paths


def test_invented_specs_are_in_order_and_of_every_kind(invented: Workspace) -> None:
    assert invented.findings() == []
    models = invented.catalog().models
    assert len(models) == MANY
    assert len({model.task for model in models}) >= 7
    assert {"image", "video", "audio", "text", "json", "model3d"} == {model.output["media"] for model in models}


def test_an_invented_spec_depends_on_its_slug_alone() -> None:
    entry = next(invented_slugs())
    assert spec(*entry) == spec(*entry)


def _outputs(root: Path) -> tuple[Renderer, list[PlannedFile]]:
    catalog = load(find_provider(open_workspace(root))).catalog
    assert catalog
    targets = load_targets(open_workspace(root))[0]
    names = ProviderNames(targets, catalog.platform.names)
    return Renderer(open_workspace(root), catalog, names), plan(open_workspace(root), targets, catalog, names, "any")


def test_black_would_leave_every_generated_file_as_it_is(invented: Workspace) -> None:
    """For the repository's models and the invented ones."""
    mode = black.Mode(line_length=WIDTH, target_versions={TargetVersion.PY311})
    made = {
        path: content.decode() for path, content in render_all(*_outputs(invented.root)).items() if path[-3:] == ".py"
    }
    assert len(made) > 5 * MANY
    assert [path for path, text in made.items() if black.format_str(text, mode=mode) != text] == []


def test_a_changed_spec_renders_its_own_files_and_those_of_all(acmes: Workspace, rendered: list[str]) -> None:
    acmes.replace("specs/acme/models/acme-sketch.yaml", "title: ", "title: Still ")
    acmes.press()
    assert sorted(rendered) == ["notes/index.json", "notes/models/acme_sketch.txt", "notes/types/acme_sketch.py"]


def test_a_file_that_lists_no_models_depends_on_none(acmes: Workspace, rendered: list[str]) -> None:
    acmes.write("templates/notes/service.txt.jinja", "{{ platform.name|md }}\n")
    acmes.press()
    assert rendered == ["notes/service.txt"]
    acmes.replace("specs/acme/models/acme-sketch.yaml", "title: ", "title: Still ")
    acmes.press()
    assert rendered.count("notes/service.txt") == 1


def test_a_partial_lists_the_models_that_it_is_given_only(acmes: Workspace) -> None:
    """Else what it lists would not be made anew with a changed spec."""
    acmes.write("templates/_partials/sneaky.jinja", "{{ models|length }}\n")
    acmes.write("templates/notes/service.txt.jinja", '{% include "_partials/sneaky.jinja" %}\n')
    with pytest.raises(BadTemplate, match="'models' is undefined"):
        acmes.press()


def test_an_added_spec_parses_and_renders_no_other(acmes: Workspace, rendered: list[str], parsed: list[str]) -> None:
    add_models(acmes.root / "specs" / "acme" / "models", MANY + 1)
    acmes.press()
    assert len(parsed) == 1
    assert len(rendered) == 3 and "notes/index.json" in rendered


def test_a_run_without_changes_parses_and_renders_nothing(
    acmes: Workspace, rendered: list[str], parsed: list[str]
) -> None:
    acmes.press()
    assert (rendered, parsed) == ([], [])


def test_a_repository_that_is_small_keeps_no_cache(pressed: Workspace) -> None:
    assert not (pressed.generated / CACHE).exists()


def test_the_cache_is_no_part_of_what_is_generated(acmes: Workspace) -> None:
    kept = sorted(path.name for path in (acmes.generated / CACHE).iterdir())
    assert kept == [".gitignore", "specs.json"]
    assert not acmes.press(check=True).differences
    manifest = read_manifest(acmes.generated / NAME)
    assert manifest and not any(path.startswith(CACHE) for path in manifest.files)


@pytest.mark.parametrize("damage", [b"", b"\x00\xff", b"{}", b"[1]\n{}", None])
def test_a_damaged_cache_costs_time_alone(acmes: Workspace, parsed: list[str], damage: bytes | None) -> None:
    file = acmes.generated / CACHE / "specs.json"
    content = file.read_bytes()
    file.write_bytes(content.replace(b"acme-sketch", b"acme-sketcH") if damage is None else damage)
    before = acmes.tree()
    acmes.replace("specs/acme/models/acme-sketch.yaml", "title: ", "title: Still ")
    acmes.press()
    assert len(parsed) == MANY + 1
    changed = {path for path, text in acmes.tree().items() if before.get(path) != text and not path.startswith(CACHE)}
    assert changed == {NAME, "notes/models/acme_sketch.txt"}


@pytest.fixture
def read(acmes: Workspace, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes of what later runs read to see whether it is still what they left; all files have settled, and their
    traces are kept."""
    monkeypatch.setattr(stat_cache, "_WORTH_IT", 1)
    monkeypatch.setattr(stat_cache, "_TICK_NS", 0)
    acmes.press()
    assert (acmes.generated / CACHE / "files.json").is_file()
    hashes: list[str] = []
    original = digest

    def noted(content: bytes) -> str:
        hashes.append(original(content))
        return hashes[-1]

    monkeypatch.setattr(stat_cache, "digest", noted)
    return hashes


def test_what_was_not_touched_is_not_read_again(acmes: Workspace, read: list[str]) -> None:
    acmes.press()
    assert read == []


def test_an_edit_is_seen_even_if_size_and_date_are_as_before(acmes: Workspace, read: list[str]) -> None:
    path = acmes.generated / "notes/models/acme_sketch.txt"
    before, content = path.stat(), path.read_bytes()
    path.write_bytes(content.swapcase())
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert [found.path for found in acmes.press().differences] == ["notes/models/acme_sketch.txt"]
    acmes.press(force=True)
    assert path.read_bytes() == content


def test_what_was_changed_a_moment_ago_is_read_again(
    acmes: Workspace, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stat_cache, "_TICK_NS", 3600 * 10**9)
    (acmes.generated / CACHE / "files.json").unlink()
    for _ in range(2):
        read.clear()
        acmes.press()
        assert len(read) > MANY
    assert not (acmes.generated / CACHE / "files.json").exists()


@pytest.mark.parametrize(
    "kept", ["", "[]", '{"notes/index.json": 1}', '{"notes/index.json": []}', '{"notes/index.json": [1]}']
)
def test_damaged_records_of_the_last_run_are_ignored(acmes: Workspace, read: list[str], kept: str) -> None:
    write_retained(acmes.generated, "files.json", kept.encode())
    assert not acmes.press().differences
    assert len(read) > MANY


def test_a_cache_gives_the_bytes_that_no_cache_gives(acmes: Workspace, tmp_path: Path) -> None:
    acmes.replace("specs/acme/models/acme-sketch.yaml", "title: ", "title: Still ")
    other = Workspace(tmp_path / "other")
    shutil.copytree(acmes.root, other.root, ignore=shutil.ignore_patterns("generated"))
    acmes.press()
    other.press(force=True)

    def generated(workspace: Workspace) -> dict[str, bytes]:
        return {path: text for path, text in workspace.tree().items() if not path.startswith(CACHE)}

    assert generated(acmes) == generated(other)


def test_findings_have_their_places_whatever_is_in_the_cache(acmes: Workspace) -> None:
    """Two specs collide: one is new, the other is known and has no positions until it is read anew."""
    text = (acmes.root / "specs/acme/models/acme-sketch.yaml").read_text()
    acmes.write("specs/acme/models/acme.sketch.yaml", text.replace("acme-sketch", "acme.sketch"))
    found = acmes.press().findings
    assert found and found == acmes.findings()
    assert any(finding.column > 1 for finding in found)


def test_other_meta_schemas_look_at_every_spec_again(
    acmes: Workspace, parsed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The meta-schemas of another version of pagewright.
    monkeypatch.setattr(layers.Workspace, "schemas", property(lambda self: self.root / layers.SCHEMAS))
    acmes.replace("specs/schema/model.schema.json", '"slug", "title"', '"title", "slug"')
    acmes.press()
    assert len(parsed) == MANY + 1


def test_a_cache_that_is_a_link_is_not_written_through(acmes: Workspace, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.rmtree(acmes.generated / CACHE)
    (acmes.generated / CACHE).symlink_to(elsewhere)
    acmes.replace("specs/acme/models/acme-sketch.yaml", "title: ", "title: Still ")
    acmes.press()
    assert list(elsewhere.iterdir()) == []


def test_files_grow_by_the_same_number_for_each_model(invented: Workspace) -> None:
    per_model = sum(
        source.per_model for target in load_targets(open_workspace(invented.root))[0] for source in target.sources
    )
    _, few = _outputs(REPOSITORY)
    _, many = _outputs(invented.root)
    assert len(many) - len(few) == per_model * (MANY - len(load(find_provider(open_workspace(REPOSITORY))).models))


def test_work_grows_with_the_models_and_not_faster(acme: Workspace) -> None:
    """Calls of Python functions are counted, which are the same on every machine."""
    # The first run also counts what is imported and compiled once.
    _, *measured = _calls_for(acme, (5, 10, 20, 40))
    calls = dict(measured)
    first, second = calls[20] - calls[10], calls[40] - calls[20]
    assert second < 2 * first * 1.15


def _calls_for(acme: Workspace, sizes: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    text = (acme.root / "specs/acme/models/acme-sketch.yaml").read_text()
    for size in sizes:
        for number in range(size):
            slug = f"acme-copy-{number:03}"
            acme.write(f"specs/acme/models/{slug}.yaml", text.replace("acme-sketch", slug))
        count = 0

        def counted(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += event == "call"

        shutil.rmtree(acme.generated, ignore_errors=True)
        before = sys.getprofile()
        sys.setprofile(counted)
        try:
            result = generate(find_provider(open_workspace(acme.root)))
        finally:
            sys.setprofile(before)
        assert not result.findings
        yield size, count


def test_a_copy_of_an_unchanged_spec_is_still_checked(acmes: Workspace) -> None:
    """A cache entry of one file is not used for another file with the same slug."""
    spec = sorted((acmes.root / "specs/acme/models").glob("*.yaml"))[0]
    (spec.parent / "copied.yaml").write_bytes(spec.read_bytes())
    result = acmes.press()
    assert {finding.code for finding in result.findings} >= {"L001"}
    assert all(finding.line > 1 for finding in result.findings), "read anew, with lines"
    (spec.parent / "copied.yaml").unlink()
