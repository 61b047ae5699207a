"""Own specs and templates over the installed ones."""

from __future__ import annotations

import json
import shutil

import pytest

from pagewright.workspace import find_provider, find_workspace, inputs_fingerprint

from .conftest import INSTALLED, LANTERN, REPOSITORY, TINY, Repository

REFERENCE = "python-client/provider_client/REFERENCE.md.jinja"


def declare(repository: Repository, *templates: str) -> None:
    repository.write("pagewright.toml", f"templates = {json.dumps(templates)}\n")


def test_an_own_spec_joins_the_installed_ones(repository: Repository) -> None:
    repository.own_spec("acme-own")
    assert repository.do("lint") == "No findings in 6 specs.\n"
    slugs = find_provider(find_workspace(repository.root)).slugs
    assert {"acme-own", TINY} < slugs.keys() and len(slugs) == 5


def test_an_own_spec_replaces_the_installed_one_and_lint_says_in_what(repository: Repository) -> None:
    repository.own_spec(change=lambda text: text.replace("maximum: 4\n", "maximum: 3\n", 1))
    printed = repository.do("lint")
    assert printed.startswith("No findings in 5 specs.\n")
    assert f"note: specs/segmind/models/{TINY}.yaml:1:1: N010 replaces-installed: " in printed
    assert "samples: maximum 4 is now 3" in printed
    notes = json.loads(repository.do("lint", "--format", "json"))
    assert [note["code"] for note in notes] == ["N010"]
    assert "\n::notice file=specs/segmind/models/" in repository.do("lint", "--format", "github")


def test_a_finding_names_the_file_that_the_fact_is_in(repository: Repository) -> None:
    repository.own_spec(change=lambda text: text.replace("maximum: 4\n", "maximum: 0\n", 1))
    status, printed = repository.run("lint")
    assert (status, f"specs/segmind/models/{TINY}.yaml:" in printed) == (1, True)
    (repository.root / f"specs/segmind/models/{TINY}.yaml").unlink()
    repository.write("specs/segmind/platform.yaml", "name: Segmind\n")
    assert repository.run("lint")[1].startswith("specs/segmind/platform.yaml:1:1: S003")


def test_an_own_provider_stands_beside_the_installed_one(repository: Repository) -> None:
    shutil.copytree(REPOSITORY / "tests/providers/specs/zephyr", repository.root / "specs/zephyr")
    assert repository.do("lint") == "No findings in 8 specs.\n"
    repository.do("vendor", "add", "acme/zephyr", "--model", "zephyr-gust")
    assert json.loads(repository.read("acme/zephyr/VENDORED.json"))["provider"] == "zephyr"


def test_without_providers_only_own_specs_count(repository: Repository) -> None:
    shutil.copytree(REPOSITORY / "tests/providers/specs/zephyr", repository.root / "specs/zephyr")
    repository.write("pagewright.toml", "providers = []\n")
    assert repository.do("lint") == "No findings in 3 specs.\n"


def test_folders_that_are_no_specs_are_not_touched(repository: Repository) -> None:
    repository.write("specs/models/user_spec.rb", "describe User\n")
    repository.write("templates/base.html", "{% block body %}{% endblock %}\n")
    repository.write("requirements.lock", "jinja2==0.1\n")
    assert repository.do("lint") == "No findings in 5 specs.\n"
    repository.do("vendor", "add", "acme/pictures", "--model", TINY)


def test_a_declared_file_replaces_the_installed_template(repository: Repository) -> None:
    before = inputs_fingerprint(find_provider(find_workspace(repository.root)))
    repository.write(f"templates/{REFERENCE}", "Our own words.\n")
    printed = repository.do("lint")
    assert "N011 undeclared-template" in printed and REFERENCE in printed
    assert inputs_fingerprint(find_provider(find_workspace(repository.root))) == before
    declare(repository, REFERENCE)
    assert "N011" not in repository.do("lint")
    repository.do("vendor", "add", "acme/pictures", "--model", TINY)
    first, *_, last = repository.read("acme/pictures/REFERENCE.md").splitlines()
    assert f" and templates/{REFERENCE}." in first
    assert last == "Our own words."
    assert "templates/" not in repository.read("acme/pictures/errors.py").splitlines()[0]


def test_a_folder_with_a_target_makes_a_target(repository: Repository) -> None:
    repository.write("templates/listing/target.yaml", "summary: A list of models.\nvendor: {}\n")
    repository.write("templates/listing/models.txt.jinja", "{% for m in models %}{{ m.slug|md }}\n{% endfor %}")
    declare(repository, "listing")
    repository.do("vendor", "add", "acme/list", "--target", "listing", "--model", TINY)
    assert repository.read("acme/list/models.txt") == "tinysd1.5\\-txt2img\n"
    status, printed = repository.run("vendor", "add", "acme/other", "--target", "listng", "--model", TINY)
    assert (status, "Did you mean 'listing'?" in printed) == (2, True)


def test_an_own_target_takes_the_place_of_the_installed_one_completely(repository: Repository) -> None:
    repository.write("templates/openapi/target.yaml", "summary: Ours.\nvendor: {}\n")
    repository.write("templates/openapi/ours.txt", "ours\n")
    declare(repository, "openapi")
    templates = find_workspace(repository.root).templates
    assert [name for name in templates if name.startswith("openapi/")] == ["openapi/ours.txt", "openapi/target.yaml"]


def test_a_template_that_can_not_be_rendered_is_named(repository: Repository) -> None:
    repository.write(f"templates/{REFERENCE}", "{{ nobody.knows|md }}\n")
    declare(repository, REFERENCE)
    status, printed = repository.run("vendor", "add", "acme/pictures", "--model", TINY)
    assert (status, f"templates/{REFERENCE}:1: " in printed) == (1, True)


@pytest.mark.parametrize("folder", ["specs", "models/specs"])
def test_the_folder_of_own_specs_can_have_another_name(repository: Repository, folder: str) -> None:
    repository.write("pagewright.toml", f'specs = "{folder}"\n')
    assert repository.run("transcribe", f"{LANTERN}.txt", "--write")[0] == 1
    spec = repository.root / folder / f"segmind/models/{LANTERN}.yaml"
    assert spec.is_file()
    assert (repository.root / folder / "schema/model.schema.json").is_file()
    assert spec.read_text().startswith("# yaml-language-server: $schema=../../schema/model.schema.json\n")
    assert INSTALLED.parent not in spec.parents
