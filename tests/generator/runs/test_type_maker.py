"""The process that makes types while specs are read: it makes the same, its errors arrive, and it never stays behind."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: Run in a fresh process, because where the library is imported already there is no such child.
BEGIN = """
import multiprocessing, os, signal
from pathlib import Path
from pagewright.errors import PagewrightError
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames
from pagewright.rendering.type_maker import type_maker
from pagewright.specs.load_and_lint import read_checked
from pagewright.workspace import find_provider, generator_fingerprint, open_workspace

os.cpu_count = lambda: 2
provider = find_provider(open_workspace(Path.cwd()), "segmind")
with type_maker() as maker:
    (child,) = multiprocessing.active_children()
    catalog, _, targets, findings = read_checked(provider, None)
    names = ProviderNames(targets, catalog.platform.names)
    renderer = Renderer(provider.workspace, catalog, names)
    outputs = plan(provider.workspace, targets, catalog, names, generator_fingerprint())
    types = [output for output in outputs if renderer.is_types(output)]
"""
END = "\nassert not multiprocessing.active_children() and not child.is_alive()\nprint('done')\n"


def run(script: str) -> str:
    done = subprocess.run([sys.executable, "-c", BEGIN + script + END], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_makes_what_the_renderer_makes() -> None:
    script = """
    maker.begin([renderer.types_job(output) for output in types])
    made = maker.finish()
assert [renderer.with_header(output, text) for output, text in zip(types, made)] == [renderer.text(output) for output in types]
assert len(made) == 8
"""
    assert run(script) == "done\n"


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_killed_one_is_told(when: str) -> None:
    kill = "    os.kill(child.pid, signal.SIGKILL)\n    child.join()\n"
    begin = "        maker.begin([renderer.types_job(output) for output in types])\n"
    script = (
        (kill if when == "before" else "")
        + "    try:\n"
        + begin
        + ("    " + kill.replace("\n    ", "\n        ") if when == "after" else "")
        + "        maker.finish()\n    except PagewrightError as error:\n        print(error)\n"
    )
    assert run(script) == "a rendering process was killed, perhaps for lack of memory. Run it again.\ndone\n"


def test_an_error_of_its_own_arrives() -> None:
    script = """
    try:
        maker.begin([("no such kind", *renderer.types_job(types[0])[1:3], None)])
        maker.finish()
    except AttributeError as error:
        print(error)
"""
    assert "'NoneType' object has no attribute" in run(script)


@pytest.mark.parametrize(("most", "alive"), [(8, True), (7, False)])
def test_it_ends_before_the_rest_is_rendered_if_there_is_too_much_for_it(most: int, alive: bool) -> None:
    script = f"""
    import pagewright.rendering.parallel as parallel
    parallel.MOST_JOBS = {most}
    rendered = parallel._rendered
    def watched(renderer, outputs, progress):
        assert len(multiprocessing.active_children()) == {int(alive)}
        return rendered(renderer, outputs, progress)
    parallel._rendered = watched
    made = parallel.render_all(renderer, types, maker=maker)
assert list(made) == [output.path for output in types]
"""
    assert run(script) == "done\n"
