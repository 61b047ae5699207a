"""Renders catalogues in memory, over and over, and looks at the skeletons of what comes out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import black
from black.mode import TargetVersion
from hypothesis import given
from hypothesis import strategies as st

from pagewright.rendering.formatting import WIDTH
from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import PlannedFile, Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.spec import Catalog
from pagewright.workspace import open_workspace
from tests.drawn_examples import drawn
from tests.generator.conftest import REPOSITORY

from .payloads import LONG, PAYLOADS, TEXTS
from .poison import Place, Poisoner
from .skeletons import skeleton


class Press:
    """Makes every file that is made, not copied, for one catalogue after the other. Templates are compiled once."""

    def __init__(self, root: Path = REPOSITORY) -> None:
        self._root = root
        self._targets, findings = load_targets(open_workspace(root))
        assert not findings, findings
        self._environment: Any = None

    def files(self, catalog: Catalog) -> Iterator[tuple[str, bytes]]:
        """Each file as it would be published, made types among them."""
        renderer, outputs = self._prepared(catalog)
        return iter(render_all(renderer, outputs).items())

    def raw_files(self, catalog: Catalog) -> Iterator[tuple[str, bytes]]:
        """Each file as its template leaves it, before a formatter: that is where text would become code."""
        renderer, outputs = self._prepared(catalog)
        for output in outputs:
            if output.source.kind == "template":
                yield output.path, renderer.text(output).encode()

    def _prepared(self, catalog: Catalog) -> tuple[Renderer, list[PlannedFile]]:
        names = ProviderNames(self._targets, catalog.platform.names)
        renderer = Renderer(open_workspace(self._root), catalog, names)
        self._environment = renderer._environment = self._environment or renderer._environment
        outputs = [
            o for o in plan(open_workspace(self._root), self._targets, catalog, names, "") if o.source.kind != "copy"
        ]
        # Of a tree that two targets share, one is enough.
        return renderer, list({renderer.identity(output): output for output in reversed(outputs)}.values())


def skeletons(files: Iterator[tuple[str, bytes]]) -> dict[str, object]:
    """The skeleton of each file, by path. Raises AssertionError, naming the file, where one is not in its own language."""
    found = {}
    for path, content in files:
        try:
            found[path] = skeleton(path, content)
        except Exception as error:
            raise AssertionError(f"{path}: {type(error).__name__}: {error}") from error
    return found


def try_to_break(press: Press, poisoner: Poisoner, examples: int, number: int) -> int:
    """Renders so many catalogues in which every text is hostile, and says how many there were.

    Raises AssertionError, with the texts and the files, where one changed more than literals and words.
    """
    clean = skeletons(press.raw_files(poisoner.catalog))
    tried = 0

    @drawn(examples, number)
    @given(
        shift=st.integers(0, 2 * len(PAYLOADS) - 1),
        texts=st.dictionaries(st.sampled_from(poisoner.places), TEXTS, max_size=8),
    )
    def hold(shift: int, texts: dict[Place, str]) -> None:
        nonlocal tried
        tried += 1
        hostile = skeletons(press.raw_files(poisoner.poisoned(shift, texts)))
        changed = [path for path in clean if clean[path] != hostile.get(path)]
        assert not changed and hostile.keys() == clean.keys(), changed

    hold()
    return tried


def try_to_disagree(press: Press, poisoner: Poisoner, examples: int, number: int) -> None:
    """Renders so many catalogues with long texts in many places, and compares each Python file with what black makes of it.

    Raises AssertionError where black would write it otherwise, or the text is no longer what it was.
    """
    clean = skeletons(press.files(poisoner.catalog))
    mode = black.Mode(line_length=WIDTH, target_versions={TargetVersion.PY311})

    @drawn(examples, number, shrink=False)
    @given(st.fixed_dictionaries(dict.fromkeys(poisoner.places, LONG)))
    def hold(texts: dict[Place, str]) -> None:
        made = dict(press.files(poisoner.poisoned(0, texts)))
        assert skeletons(iter(made.items())) == clean
        for path, content in made.items():
            if path.endswith(".py"):
                assert black.format_str(content.decode(), mode=mode) == content.decode(), path

    hold()
