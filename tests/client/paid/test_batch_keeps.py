"""A batch whose folder, journal or disk fails after something was paid for: each image is somewhere, the message says where,
and the same command pays for nothing twice."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from segmind_client import FileResult, ImageResult, JobHandle, UnreadableResponse
from segmind_client._clients.async_driver import AsyncDriver
from segmind_client._command.batch import progress, result_files, runner
from segmind_client._command.batch.fallback_log import FallbackLog
from segmind_client._command.batch.state import BatchLine, BatchState
from segmind_client._command.output_paths import file_paths
from segmind_client._results import saving as _saving
from segmind_client._results.files import write_atomically
from segmind_client._results.result import Result
from segmind_client._results.saving import SaveResult
from tests.client.doubles import Command, MockServer, Picture

LARGE = "stable-diffusion-3.5-large-txt2img"
SMALL = ["--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64", "--poll-interval", "0.01"]
PROMPTS = ["one", "two", "three"]
#: The files of a line that were saved, and where those are that could not be.
Saved: TypeAlias = tuple[list[dict[str, Any]], SaveResult]


class Batch:
    """A batch of three lines, and its outcome."""

    def __init__(self, command: Command, mock: MockServer, folder: Path, spare: Path, protocol: str) -> None:
        self.folder, self.spare = folder, spare
        self._command, self._mock, self._protocol = command, mock, protocol

    def run(self, *more: str) -> tuple[int, str]:
        asked = [LARGE, *SMALL, "--batch", "b.jsonl", "--concurrency", "1", self._protocol, *more]
        done = self._command(*asked, mock=self._mock)
        said = done.stderr.decode()
        assert "Traceback" not in said
        assert max(self.billed().values(), default=0) <= 1, "something was paid for twice"
        return done.returncode, said

    def billed(self) -> Counter[str]:
        return Counter(entry["payload"]["prompt"] for entry in self._mock.journal("POST") if entry["charged"])

    def pictures(self, folder: Path) -> list[Path]:
        return sorted(path for path in folder.rglob("*.jpeg") if path.read_bytes()[:2] == b"\xff\xd8")

    def states(self) -> Counter[str]:
        with closing(sqlite3.connect(self.folder / "b" / "batch.sqlite")) as database:
            return Counter(row[0] for row in database.execute("select state from line"))

    def is_done(self) -> None:
        """Check that the next run succeeds, all images are in the folder, and nothing was paid for twice."""
        status, said = self.run()
        assert status == 0, said
        assert self.states() == {"done": 3} and self.billed() == dict.fromkeys(PROMPTS, 1)
        assert len(self.pictures(self.folder / "b")) == 3 and not self.pictures(self.spare)
        listed = [json.loads(line) for line in (self.folder / "b" / "pictures.jsonl").read_text().splitlines()]
        files = [file for line in listed for file in line["files"]]
        assert all((self.folder / file["path"]).is_file() and "elsewhere" not in file for file in files)
        assert not (self.folder / "b" / "batch.notes").exists()


@pytest.fixture(params=["--async", "--sync"])
def protocol(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def batch(
    command_here: Callable[..., subprocess.CompletedProcess[bytes]],
    mock: MockServer,
    tmp_path: Path,
    spare: Path,
    protocol: str,
) -> Batch:
    (tmp_path / "b.jsonl").write_text("".join(f"{json.dumps(prompt)}\n" for prompt in PROMPTS))
    return Batch(command_here, mock, tmp_path, spare, protocol)


class TestTheFolder:
    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
    def test_an_unwritable_folder(self, batch: Batch, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
        real = write_atomically

        def write(path: str, content: bytes, *, overwrite: bool) -> str:
            if path.startswith("b/"):
                raise OSError(code, os.strerror(code), path)
            return real(path, content, overwrite=overwrite)

        with monkeypatch.context() as patched:
            patched.setattr(_saving, "write_atomically", write)
            status, said = batch.run()
        (kept,) = batch.pictures(batch.spare)
        assert status == 12 and f"{os.strerror(code)}; saved as {kept}" in said
        # No request is sent for lines that could not be saved.
        assert sum(batch.billed().values()) == 1 and batch.states() == {"done": 1, "planned": 2}
        batch.is_done()

    def test_a_deleted_folder_and_state(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        real = result_files.save_files

        def save(folder: str, row: BatchLine, result: Result) -> Saved:
            shutil.rmtree(folder)
            return real(folder, row, result)

        with monkeypatch.context() as patched:
            patched.setattr(runner, "save_files", save)
            status, said = batch.run()
        (kept,) = batch.pictures(batch.spare)
        assert status == 12 and str(kept) in said and "b/batch.sqlite was deleted and has been written again" in said
        assert sum(batch.billed().values()) == 1
        batch.is_done()

    def test_a_deleted_folder_that_cannot_be_created(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        real = result_files.save_files

        def save(folder: str, row: BatchLine, result: Result) -> Saved:
            shutil.rmtree(folder)
            Path(folder).write_text("a file")
            return real(folder, row, result)

        with monkeypatch.context() as patched:
            patched.setattr(runner, "save_files", save)
            status, said = batch.run()
        (journal,) = batch.spare.rglob("batch.sqlite")
        assert status == 12 and f"is saved as {journal}: move it back" in said
        (batch.folder / "b").unlink()
        (batch.folder / "b").mkdir()
        shutil.move(journal, batch.folder / "b" / "batch.sqlite")
        batch.is_done()

    def test_no_writable_folder_at_all(
        self,
        batch: Batch,
        protocol: str,
        monkeypatch: pytest.MonkeyPatch,
        full: Callable[[], AbstractContextManager[None]],
    ) -> None:
        real = result_files.save_files

        def save(folder: str, row: BatchLine, result: Result) -> Saved:
            with full():
                return real(folder, row, result)

        with monkeypatch.context() as patched:
            patched.setattr(runner, "save_files", save)
            status, said = batch.run()
        assert status == 12 and "no other folder can be written either" in said
        if protocol == "--async":
            assert batch.states() == {"accepted": 1, "planned": 2}
            batch.is_done()
            return
        # A synchronous image can't be fetched again, and it isn't paid for again automatically.
        assert batch.states() == {"doubt": 1, "planned": 2}
        assert batch.run()[0] == 9 and sum(batch.billed().values()) == 3

    def test_a_saved_image_that_was_not_noted(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        """Simulates a kill between saving the image and noting it."""

        def killed(*_: object, **__: object) -> None:
            raise OSError("killed")

        with monkeypatch.context() as patched:
            patched.setattr(BatchState, "done", killed)
            assert batch.run()[0] == 12
        assert batch.states()["done"] == 0 and len(batch.pictures(batch.folder / "b")) == 1
        # Also if the job has expired.
        before = batch.pictures(batch.folder / "b")[0].stat().st_ino
        batch.is_done()
        assert before in {path.stat().st_ino for path in batch.pictures(batch.folder / "b")}

    def test_another_file_with_the_images_name(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        real = result_files.save_files

        def save(folder: str, row: BatchLine, result: Result) -> Saved:
            (Path(folder) / "00001.jpeg").write_text("somebody else's")
            return real(folder, row, result)

        monkeypatch.setattr(runner, "save_files", save)
        assert batch.run()[0] == 0
        assert (batch.folder / "b" / "00001.jpeg").read_text() == "somebody else's"
        assert len(batch.pictures(batch.folder / "b")) == 3

    @pytest.mark.parametrize(
        "name", ["batch.sqlite", "batch.notes", "pictures.jsonl", "failures.jsonl", "in-doubt.jsonl"]
    )
    @pytest.mark.parametrize("kind", ["fifo", "folder", "loop", "device"])
    def test_a_folder_with_the_images_name(self, batch: Batch, device: Path, name: str, kind: str) -> None:
        (batch.folder / "b").mkdir()
        place = batch.folder / "b" / name
        if kind == "fifo":
            os.mkfifo(place)
        elif kind == "folder":
            place.mkdir()
        else:
            place.symlink_to(device if kind == "device" else place)
        status, said = batch.run()
        assert status == 12 and f"b/{name}: " in said and not batch.billed()


class TestTheJournal:
    def test_an_unwritable_state_after_a_job_was_accepted(
        self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(BatchState, "_step", _fail)
            status, said = batch.run()
        assert status == 12 and "database or disk is full" in said and "the outcome is in batch.notes" in said
        # The image was saved, and nothing more was sent.
        assert sum(batch.billed().values()) == 1 and len(batch.pictures(batch.folder / "b")) == 1
        assert batch.states() == {"sending": 1, "planned": 2}
        with monkeypatch.context() as patched:
            patched.setattr(BatchState, "_step", _fail)
            status, said = batch.run()
        assert status == 12 and "nothing was sent" in said
        batch.is_done()

    def test_a_job_is_resumed_from_the_fallback_log(
        self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if protocol == "--sync":
            return

        def unreachable(*_: object) -> None:
            raise UnreadableResponse("the image can't be had now")

        with monkeypatch.context() as patched:
            patched.setattr(BatchState, "_step", _fail)
            patched.setattr(AsyncDriver, "download", unreachable)
            assert batch.run()[0] == 12
        assert batch.states() == {"sending": 1, "planned": 2} and not batch.pictures(batch.folder / "b")
        batch.is_done()

    def test_an_unwritable_state_and_fallback_log(
        self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(BatchState, "_step", _fail)
            patched.setattr(FallbackLog, "add", _no_room)
            status, said = batch.run()
        assert status == 12
        if protocol == "--async":
            text = said[said.index("accepted {") + 9 :]
            handle = JobHandle.from_json(text[: text.index("}") + 1])
            assert handle.slug == LARGE
        else:
            assert "b/00001.jpeg" in said
        # A line that was being sent is never sent again automatically.
        batch.run()
        assert batch.billed() == dict.fromkeys(PROMPTS, 1)

    def test_the_fallback_log_is_applied_in_the_same_run(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        failures = [sqlite3.OperationalError("disk I/O error")]
        real = BatchState._step

        def step(journal: BatchState, step: str, number: int, *values: object) -> None:
            if failures:
                raise failures.pop()
            real(journal, step, number, *values)

        monkeypatch.setattr(BatchState, "_step", step)
        status, said = batch.run()
        assert status == 12 and "disk I/O error" in said
        assert batch.states() == {"done": 1, "planned": 2}
        batch.is_done()


class TestOtherFailures:
    def test_an_image_of_an_unknown_format(self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object) -> ImageResult:
            raise UnreadableResponse("an image of an unknown format", b"paid for")

        with monkeypatch.context() as patched:
            patched.setattr(runner, "read_result", unknown)
            patched.setattr(AsyncDriver, "download", unknown)
            status, said = batch.run()
        assert (batch.folder / "b" / "00002.unreadable").read_bytes() == b"paid for"
        assert said.count("the response is saved as b/0000") == 3
        assert status == (8 if protocol == "--async" else 9)
        if protocol == "--async":
            batch.is_done()
        else:
            assert batch.run()[0] == 9

    def test_an_unexpected_exception(self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
        real = file_paths
        calls: list[int] = []

        def odd(out: str | None, stem: str, result: FileResult) -> list[str]:
            calls.append(1)
            if len(calls) == 2:
                raise LookupError("a mistake")
            return real(out, stem, result)

        with monkeypatch.context() as patched:
            patched.setattr(result_files, "file_paths", odd)
            status, said = batch.run("--concurrency", "3")
        # The other lines in progress were finished.
        assert status == 10 and "LookupError: a mistake" in said and len(batch.pictures(batch.folder / "b")) == 2
        if protocol == "--async":
            batch.is_done()
        else:
            assert batch.run()[0] == 9

    def test_standard_output_is_full(self, batch: Batch, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: str) -> None:
            raise OSError("standard output: [Errno 32] Broken pipe")

        with monkeypatch.context() as patched:
            patched.setattr(progress, "print_out", broken)
            status, said = batch.run("--json")
        assert status == 12 and "Broken pipe" in said and batch.states() == {"done": 1, "planned": 2}
        batch.is_done()

    def test_a_missing_image_from_another_folder(
        self, batch: Batch, protocol: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = result_files.save_files

        def save(folder: str, row: BatchLine, result: Result) -> Saved:
            files, kept = real(folder, row, result)
            moved = batch.spare / "00001.jpeg"
            (batch.folder / files[0]["path"]).rename(moved)
            return [{**files[0], "path": str(moved), "elsewhere": True}], kept

        with monkeypatch.context() as patched:
            patched.setattr(runner, "save_files", save)
            batch.run()
        shutil.rmtree(batch.spare)
        batch.spare.mkdir()
        if protocol == "--async":
            # The image is downloaded again, which costs nothing.
            batch.is_done()
        else:
            assert batch.run()[0] == 0 and batch.billed() == dict.fromkeys(PROMPTS, 1)


def test_the_suffix_is_that_of_the_bytes_and_names_stay_apart(
    batch: Batch, picture: Picture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segmind_client import Image, Response

    lines: list[dict[str, Any]] = [
        {"id": "a", "image_format": "png", "prompt": "one"},
        {"id": "a.b", "image_format": "webp", "prompt": "two"},
    ]
    lines.append({"id": "A_2", "prompt": "three", "batch_size": 2})
    (batch.folder / "b.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    real = result_files.save_files

    def save(folder: str, row: BatchLine, result: Result) -> Saved:
        assert isinstance(result, ImageResult)
        images = tuple(Image(picture("GIF", (64 + row.number, 48))) for _ in result.images)
        return real(folder, row, ImageResult(images, Response(200, {}, b"", ""), {}))

    monkeypatch.setattr(runner, "save_files", save)
    status, said = batch.run("--base64")
    assert status == 0, said
    names = {path.name for path in (batch.folder / "b").glob("*.gif")}
    assert {"a.gif", "a.b.gif"} < names and not list((batch.folder / "b").glob("*.png"))


def _fail(*_: object) -> None:
    raise sqlite3.OperationalError("database or disk is full")


def _no_room(*_: object) -> None:
    raise OSError("no room")
