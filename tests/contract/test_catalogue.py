"""The suite on invented models of every kind that the provider has, with the mock generated from the same specs."""

from __future__ import annotations

from pathlib import Path

from pagewright.generate import generate
from pagewright.workspace import find_provider, open_workspace
from scripts.synthetic_catalogue import invented_slugs, make_workspace, spec, write_spec

from .test_suite import run


def test_the_mock_of_every_kind_of_model_has_no_drift(tmp_path: Path) -> None:
    """Images from text and from images, upscaling, video, sound, chat, reading; some without v1."""
    root = tmp_path / "catalogue"
    make_workspace(root, 4)
    kinds: set[tuple[str, bool]] = set()
    for entry in invented_slugs():
        made = spec(*entry)
        kind = (made["task"], "sync" in made)
        if kind not in kinds:
            kinds.add(kind)
            write_spec(root / "specs" / "segmind" / "models", made)
    assert len({task for task, _ in kinds}) >= 7 and any(not sync for _, sync in kinds)
    assert not generate(find_provider(open_workspace(root))).findings
    generated = root / "generated" / "segmind"
    done = run(
        "--tb=short", "--rootdir", str(root), target=generated / "contract", PYTHONPATH=str(generated / "python")
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert " 0 drift, 0 not available, 2 not checked" in done.stdout
    assert "loras: a value that is an array is not sent: the spec names no file that always exists" in done.stdout
