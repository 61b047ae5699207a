"""Runs that are killed, interrupted or have to wait: nothing is stuck, no process is left, nothing is lost."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pagewright import lock as lock_module
from pagewright.lock import clear_stale_lock, lock
from pagewright.publishing.manifest import LOCK_FILE
from pagewright.publishing.publish import UnsafePath
from pagewright.signals import stoppable
from tests.generator.conftest import ACME, REPOSITORY, SKETCH, Workspace
from tests.transcribe.drafts.test_command import PAGE

#: How long a test waits for what should come at once. Longer only on a machine that does nothing else.
LONG_S = 60.0

#: `pagewright` with two child processes that report on descriptor 1 of `fds` when they come to a point, and go on when
#: they have read a byte from descriptor 0. With the end of that pipe they go on, too.
PRESS = """
import os, signal, sys
from concurrent.futures import ProcessPoolExecutor
from pagewright.rendering import parallel
from pagewright.rendering.render import Renderer

point, go, report = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
parent = os.getpid()
os.cpu_count = lambda: 2
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job has it ignored
parallel._WORTH_IT = 0

def stopping(name, real):
    def stop(*arguments, **options):
        if os.getpid() != parent:
            os.write(report, f"{name} {os.getpid()}\\n".encode())
            if name == "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            os.read(go, 1)
        return real(*arguments, **options)
    return stop

if point == "forked":
    parallel.set_up = stopping(point, parallel.set_up)
else:
    Renderer.text = stopping(point, Renderer.text)

shutdown = ProcessPoolExecutor.shutdown
def told(*arguments, **options):
    if os.getpid() == parent:
        os.write(report, b"shutdown 0\\n")
    return shutdown(*arguments, **options)
ProcessPoolExecutor.shutdown = told

from pagewright.cli import main
sys.argv[1:] = sys.argv[4:]
main(prog_name="pagewright")
"""

#: Holds the lock on a folder until standard input ends.
HOLDER = """
import sys
from pathlib import Path
from pagewright.lock import lock
with lock(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


class Press:
    """A run whose child processes stop at a point."""

    def __init__(self, point: str, *arguments: str) -> None:
        go, self._go = os.pipe()
        self._report, report = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", PRESS, point, str(go), str(report), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=(go, report),
            text=True,
            start_new_session=True,
        )
        os.close(go)
        os.close(report)
        self._said = b""

    def next_report(self) -> tuple[str, int] | None:
        """What is reported next, with the process that says it; None once every process has ended."""
        while b"\n" not in self._said:
            assert select.select([self._report], [], [], LONG_S)[0], "nothing was reported"
            read = os.read(self._report, 1000)
            if not read:
                return None
            self._said += read
        line, _, self._said = self._said.partition(b"\n")
        name, number = line.decode().split()
        return name, int(number)

    def children(self) -> set[int]:
        """The child processes, once each has come to the point."""
        found: set[int] = set()
        while len(found) < 2:
            report = self.next_report()
            assert report, self.process.communicate(timeout=LONG_S)
            found.add(report[1])
        return found

    def go(self, count: int) -> None:
        os.write(self._go, b"." * count)

    def wait(self) -> tuple[int, str]:
        """The exit status and what was said on standard error."""
        said = self.process.communicate(timeout=LONG_S)[1]
        return self.process.returncode, said

    def nothing_is_left(self) -> bool:
        """Whether all processes end: only then is there nobody who could report."""
        while self.next_report():
            pass
        return True

    def close(self) -> None:
        for number in (self._go, self._report):
            os.close(number)
        self.process.kill()
        self.process.communicate(timeout=LONG_S)


@contextmanager
def pressing(point: str, workspace: Workspace, *arguments: str) -> Iterator[Press]:
    press = Press(point, "--root", str(workspace.root), *(arguments or ("generate",)))
    try:
        yield press
    finally:
        press.close()


@contextmanager
def asking(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that asks for the lock on `folder`, and may have to wait; it is killed with the block."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=LONG_S)


@contextmanager
def holding(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock on `folder`."""
    with asking(folder) as holder:
        assert holder.stdout and holder.stdout.readline() == "locked\n"
        yield holder


def first_line_of(process: subprocess.Popen[str]) -> str:
    assert process.stderr and select.select([process.stderr], [], [], LONG_S)[0], "it said nothing"
    return process.stderr.readline()


@pytest.mark.parametrize("point", ["forked", "rendering"])
def test_children_of_a_killed_run_end_and_do_not_keep_the_lock(acme: Workspace, point: str) -> None:
    with pressing(point, acme) as press:
        press.children()
        press.process.kill()
        press.process.wait(timeout=LONG_S)
        if point == "forked":  # they are still there, and not set up yet
            done = acme.run("generate")
            assert (done.returncode, done.stderr) == (0, "")
            press.go(2)
        assert press.nothing_is_left()
        assert press.wait() == (-signal.SIGKILL, "")
    assert acme.run("generate").returncode == 0
    assert acme.run("generate", "--check").returncode == 0
    assert not (acme.generated / LOCK_FILE).exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("whom", ["process", "group"])
def test_an_interrupted_run_ends_with_one_line_and_its_status(
    acme: Workspace, number: signal.Signals, whom: str
) -> None:
    with pressing("rendering", acme) as press:
        press.children()
        if whom == "process":
            os.kill(press.process.pid, number)
        else:
            os.killpg(press.process.pid, number)
        while press.next_report() != ("shutdown", 0):
            pass
        press.go(2)  # each child finishes its file and begins no other
        assert press.wait() == (130, "pagewright: interrupted. Run the command again to continue.\n")
        assert press.nothing_is_left()
    assert acme.run("generate").returncode == 0


def test_a_second_signal_ends_a_run_at_once(acme: Workspace) -> None:
    with pressing("rendering", acme) as press:
        press.children()
        press.process.terminate()
        while press.next_report() != ("shutdown", 0):
            pass
        press.process.terminate()
        assert press.wait() == (-signal.SIGTERM, "")
        assert press.nothing_is_left()
    assert acme.run("generate").returncode == 0


def test_a_child_that_is_killed_ends_the_run_with_one_line(acme: Workspace) -> None:
    with pressing("killed", acme) as press:
        status, said = press.wait()
        assert (status, said.count("\n")) == (3, 1)
        assert "a rendering process was killed" in said
        assert press.nothing_is_left()


def test_a_transcription_that_is_interrupted_leaves_no_spec(acme: Workspace, tmp_path: Path) -> None:
    root = acme_of_the_platform(tmp_path)
    page = tmp_path / "acme-lantern.spaced.txt"
    page.write_text(PAGE, encoding="utf-8")
    with pressing("rendering", root, "transcribe", "--write", str(page)) as press:
        press.children()
        press.process.terminate()
        while press.next_report() != ("shutdown", 0):
            pass
        press.go(2)
        status, said = press.wait()
        assert (status, said.splitlines()[-1]) == (130, "pagewright: interrupted. Run the command again to continue.")
        assert press.nothing_is_left()
    assert not (root.root / "specs/segmind/models/acme-lantern.yaml").exists()


def acme_of_the_platform(tmp_path: Path) -> Workspace:
    """The repository's specs with small templates: what `transcribe --write` can add a model to."""
    root = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "specs", root / "specs")
    shutil.copytree(ACME / "templates", root / "templates")
    return Workspace(root)


def waits_for_its_folder(folder: Path, workspace: Workspace, *arguments: str) -> bool:
    """Whether a command says that it waits for who has the lock on `folder`, and succeeds after that."""
    with holding(folder) as holder, pressing("never", workspace, *arguments) as press:
        press.go(1000)
        said = f"pagewright: waiting for process {holder.pid}, which is changing {folder}/\n"
        assert first_line_of(press.process) == said
        holder.communicate("", timeout=LONG_S)
        assert press.wait() == (0, "")
    return not (folder / LOCK_FILE).exists()


def test_a_run_that_waits_says_for_whom(acme: Workspace) -> None:
    assert waits_for_its_folder(acme.generated, acme, "generate")
    assert acme.run("generate", "--check").returncode == 0


def test_a_transcription_waits_for_its_folder(tmp_path: Path) -> None:
    workspace = acme_of_the_platform(tmp_path)
    page = tmp_path / "acme-lantern.spaced.txt"
    page.write_text(PAGE, encoding="utf-8")
    assert waits_for_its_folder(workspace.root / "generated/segmind", workspace, "transcribe", "--write", str(page))
    assert (workspace.root / "specs/segmind/models/acme-lantern.yaml").is_file()


def test_vendoring_waits_for_its_folder(acme: Workspace, tmp_path: Path) -> None:
    shutil.copytree(REPOSITORY / "tests/vendor/templates", acme.root / "templates", dirs_exist_ok=True)
    dest = tmp_path / "shop"
    assert waits_for_its_folder(dest, acme, "vendor", "add", str(dest), "--model", "acme-sketch")
    acme.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    assert waits_for_its_folder(dest, acme, "vendor", "update", str(dest))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_waits_can_be_interrupted(acme: Workspace, number: signal.Signals) -> None:
    with holding(acme.generated) as holder, pressing("never", acme) as press:
        assert "waiting for" in first_line_of(press.process)
        press.process.send_signal(number)
        assert press.wait() == (130, "pagewright: interrupted. Run the command again to continue.\n")
        assert (acme.generated / LOCK_FILE).read_text() == f"{holder.pid}\n"


def test_who_waited_has_the_lock_that_others_find(tmp_path: Path) -> None:
    """The first holder removes the file that the second one waits on."""
    with holding(tmp_path) as first, asking(tmp_path) as second:
        assert f"process {first.pid}" in first_line_of(second)
        first.communicate("", timeout=LONG_S)
        assert second.stdout and second.stdout.readline() == "locked\n"
        with asking(tmp_path) as third:
            assert f"process {second.pid}" in first_line_of(third)


@pytest.mark.parametrize(
    "content", ["1\n", "", "4194304999\n", "x" * 100], ids=["init", "empty", "nobody", "no number"]
)
def test_a_lock_file_without_its_process_blocks_nobody(acme: Workspace, content: str) -> None:
    acme.write(f"generated/acme/{LOCK_FILE}", content)
    done = acme.run("generate")
    assert (done.returncode, done.stderr) == (0, "")
    assert not (acme.generated / LOCK_FILE).exists()


def test_a_lock_file_left_behind_is_no_difference_and_goes_with_the_next_run(pressed: Workspace) -> None:
    pressed.write(f"generated/acme/{LOCK_FILE}", "1\n")
    assert pressed.press(check=True).differences == []
    assert not pressed.press().changes
    assert not (pressed.generated / LOCK_FILE).exists()


def test_a_link_in_the_place_of_the_lock_file_is_taken_away_not_followed(acme: Workspace, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("x")
    acme.generated.mkdir(parents=True)
    (acme.generated / LOCK_FILE).symlink_to(precious)
    acme.press()
    assert precious.read_text() == "x"
    assert not (acme.generated / LOCK_FILE).is_symlink()


def test_litter_is_not_looked_for_while_this_process_holds_a_lock(tmp_path: Path) -> None:
    with lock(tmp_path):
        clear_stale_lock(tmp_path)
        with asking(tmp_path) as other:
            assert f"process {os.getpid()}" in first_line_of(other)
    (tmp_path / LOCK_FILE).touch()
    clear_stale_lock(tmp_path)
    assert not (tmp_path / LOCK_FILE).exists()


def test_a_folder_that_is_a_link_is_not_locked(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with pytest.raises(UnsafePath), lock(tmp_path / "link"):
        pass
    assert list((tmp_path / "folder").iterdir()) == []


def test_a_run_with_older_specs_takes_nothing_away(pressed: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between reading the specs and taking the lock, another run adds a model."""
    real: Callable[[Path], object] = lock_module.lock
    others: list[object] = []

    @contextmanager
    def late(folder: Path) -> Iterator[None]:
        if not others:
            others.append("begun")
            sketch = (pressed.root / SKETCH).read_text()
            pressed.write("specs/acme/models/acme-new.yaml", sketch.replace("acme-sketch", "acme-new"))
            others.append(pressed.press())
        with real(folder):  # type: ignore[attr-defined]
            yield

    pressed.replace(SKETCH, "Acme Sketch", "Acme Scribble")
    monkeypatch.setattr(lock_module, "lock", late)
    result = pressed.press()
    assert (result.changes, len(others)) == ([], 2)
    assert (pressed.generated / "notes/models/acme_new.txt").is_file()
    assert pressed.press(check=True).differences == []


def test_signals_that_are_ignored_stay_ignored() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN), signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with stoppable():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
            assert signal.getsignal(signal.SIGINT) is not signal.default_int_handler
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        for number, handler in zip((signal.SIGTERM, signal.SIGINT), before, strict=True):
            signal.signal(number, handler)
