"""`pagewright transcribe` with the pages of the invented providers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.providers.conftest import HERE, INVENTED, VIDEOS, make_workspace

PROVIDERS = sorted(INVENTED)


@pytest.mark.parametrize("models", [INVENTED, VIDEOS])
@pytest.mark.parametrize("name", PROVIDERS)
def test_transcribe_prints_the_spec_of_a_model(
    name: str, models: dict[str, tuple[str, str, str]], tmp_path: Path
) -> None:
    workspace = make_workspace(tmp_path / "w", *INVENTED, "segmind")
    slug, _, page = models[name]
    done = workspace.pagewright("transcribe", "--provider", name, str(HERE / "pages" / f"{page}.txt"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == (HERE / "specs" / name / "models" / f"{slug}.yaml").read_text()


@pytest.mark.parametrize("name", PROVIDERS)
def test_transcribe_writes_the_spec_and_the_client(name: str, tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", *INVENTED)
    slug, identifier, page = INVENTED[name]
    (workspace.provider(name).models / f"{slug}.yaml").unlink()
    other = workspace.provider(name).models / slug.replace("2", "1").replace("gust", "lull")
    text = (HERE / "specs" / name / "models" / f"{slug}.yaml").read_text()
    older = slug.replace("2", "1").replace("gust", "lull")
    other.with_name(f"{other.name}.yaml").write_text(text.replace(slug, older))
    done = workspace.pagewright("transcribe", "--provider", name, "--write", str(HERE / "pages" / f"{page}.txt"))
    assert done.returncode == 0, done.stderr
    assert (workspace.provider(name).models / f"{slug}.yaml").read_text() == text
    assert (workspace.python(name) / f"{name}_client" / "spec" / "models" / f"{identifier}.py").is_file()


def test_check_finds_no_difference_between_specs_and_pages(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", *INVENTED)
    done = workspace.pagewright("transcribe", "--check", "--pages", str(HERE / "pages"))
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


def test_another_providers_page_is_refused(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", *INVENTED)
    done = workspace.pagewright("transcribe", "--provider", "borealis", str(HERE / "pages" / "zephyr-gust.txt"))
    assert (done.returncode, done.stdout) == (1, "")
    assert "where Borealis takes authorization: Key: it is another provider's page" in done.stderr


def test_with_several_providers_one_has_to_be_named(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "w", *INVENTED)
    done = workspace.pagewright("transcribe", str(HERE / "pages" / "zephyr-gust.txt"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "borealis, zephyr" in done.stderr and "--provider" in done.stderr
