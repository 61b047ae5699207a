"""`--out`: invalid paths are refused before a request is sent, and an image that was paid for is never lost."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from segmind_client import AsyncSegmindClient, ImageResult, Response, UnreadableResponse
from segmind_client._command import generate, output
from segmind_client._command.terminal import say
from segmind_client._flows import polling
from segmind_client._flows.responses import read_images
from segmind_client._results.saving import try_save
from segmind_client.spec.facts import Model
from tests.client.doubles import Command, MockServer, Payload, Picture
from tests.material import absent

TINY = "tinysd1.5-txt2img"
LARGE = "stable-diffusion-3.5-large-txt2img"
SMALL = ["--prompt", "fog", "--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64"]
FULL = Path("/dev/full")
QUEUE = ["--async", "--poll-interval", "0.01"]


@pytest.fixture
def command(command_here: Command) -> Command:
    return command_here


def _jpegs(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.read_bytes()[:2] == b"\xff\xd8")


class TestRefusedBeforeAnythingIsSent:
    @pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
    @pytest.mark.parametrize(
        ("place", "words"),
        [
            ("fifo", "fifo: Is a FIFO, not a file"),
            ("socket", "socket: Is a socket, not a file"),
            ("folder", "folder: Is a folder, not a file"),
            ("device", ": Is a device, not a file"),
            ("to-fifo", "to-fifo: Is a FIFO, not a file"),
            ("to-folder", "to-folder: Is a folder, not a file"),
            ("loop", "loop: "),
            ("n" * 300, "n.jpeg: "),
            ("file/x", "file/x.jpeg: "),
            ("several.jpeg", "several-2.jpeg: Is a FIFO, not a file"),
            ("n" * 249, "n-1.jpeg: "),
        ],
    )
    @pytest.mark.parametrize("queue", [[], QUEUE])
    def test_an_unwritable_out_is_refused_before_sending(
        self,
        command: Command,
        mock: MockServer,
        tmp_path: Path,
        device: Path,
        place: str,
        words: str,
        overwrite: list[str],
        queue: list[str],
    ) -> None:
        several = ["--batch-size", "2"] if place in ("several.jpeg", "n" * 249) else []
        _fill(tmp_path)
        out = str(device) if place == "device" else place
        done = command(LARGE, *SMALL, *several, "--out", out, *overwrite, *queue, mock=mock)
        assert (done.returncode, words in done.stderr.decode()) == (12, True), done.stderr
        assert b"no file can be written there" in done.stderr and b"Traceback" not in done.stderr
        assert mock.journal() == []

    def test_a_dangling_link_is_refused_without_overwrite(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        (tmp_path / "link").symlink_to("new.jpeg")
        (tmp_path / "astray").symlink_to("gone/new.jpeg")
        for arguments in (["link"], ["astray"], ["astray", "--overwrite"]):
            assert command(LARGE, *SMALL, "--out", *arguments, mock=mock).returncode == 12
        assert mock.journal() == []
        assert command(LARGE, *SMALL, "--out", "link", "--overwrite", mock=mock).returncode == 0
        assert (tmp_path / "link").is_symlink() and _jpegs(tmp_path)

    @pytest.mark.parametrize("place", ["fifo", "folder", "device", "file/x", "no/x"])
    def test_an_unwritable_out_of_resume_is_refused(
        self, command: Command, mock: MockServer, tmp_path: Path, device: Path, place: str
    ) -> None:
        _fill(tmp_path)
        handle = {"slug": TINY, "request_id": "r", "status_url": "", "response_url": ""}
        out = str(device) if place == "device" else place
        done = command("resume", "-", "--out", out, "--overwrite", stdin=json.dumps(handle).encode(), mock=mock)
        assert done.returncode == 12 and b"Traceback" not in done.stderr, done.stderr
        assert mock.journal() == []

    def test_a_closed_standard_output_is_refused(self, mock: MockServer, tmp_path: Path) -> None:
        code = f"import sys; sys.stdout = None; from segmind_client import cli; sys.exit(cli.main(['{TINY}', '--prompt', 'x', '--out', '-']))"
        done = subprocess.run([sys.executable, "-c", code], env=_environment(mock), capture_output=True, check=False)
        assert (done.returncode, b"standard output is closed" in done.stderr) == (12, True), done.stderr
        assert mock.journal() == []


class TestUndocumentedNames:
    WORDS = b"promptt: is not a parameter of this model. Did you mean 'prompt'? --help lists the parameters"

    @pytest.mark.parametrize("more", [[], ["--dry-run"], ["--curl"], QUEUE])
    @pytest.mark.parametrize("params", ['{"prompt": "x", "promptt": "y"}', "@params.json", "-"])
    def test_undocumented_names_are_refused_with_a_suggestion(
        self, command: Command, mock: MockServer, tmp_path: Path, params: str, more: list[str]
    ) -> None:
        text = '{"prompt": "x", "promptt": "y"}'
        (tmp_path / "params.json").write_text(text)
        done = command(TINY, "--params", params, *more, mock=mock, stdin=text.encode())
        assert done.returncode == 3 and self.WORDS in done.stderr, done.stderr
        assert mock.journal() == [] and done.stdout == b""

    def test_undocumented_names_are_sent_with_allow_undocumented(self, command: Command, mock: MockServer) -> None:
        asked = [TINY, "--params", '{"prompt": "x", "promptt": "y"}', "--allow-undocumented"]
        assert command(*asked, mock=mock).returncode == 0
        assert mock.journal()[0]["payload"]["promptt"] == "y"
        shown = command(*asked, "--dry-run")
        assert json.loads(shown.stdout.decode().partition("\n\n")[2])["promptt"] == "y"
        assert b"note: " in shown.stderr

    @pytest.mark.parametrize("more", [[], ["--dry-run"], ["--curl"], ["--sync"]])
    def test_an_undocumented_name_in_a_line_stops_the_batch(
        self, command: Command, mock: MockServer, tmp_path: Path, more: list[str]
    ) -> None:
        lines = ['"fine"', '{"prompt": "a", "promptt": 1}', '{"id": 1, "parameters": {"prompt": "b", "sed": 2}}']
        (tmp_path / "b.jsonl").write_text("\n".join(lines))
        done = command(TINY, "--batch", "b.jsonl", *more, mock=mock)
        assert done.returncode == 3 and b"nothing was sent, 2 errors" in done.stderr
        assert b"b.jsonl:2: " + self.WORDS in done.stderr and b"b.jsonl:3: sed: " in done.stderr, done.stderr
        assert mock.journal() == [] and not (tmp_path / "b").exists() and done.stdout == b""
        allowed = command(
            TINY, "--batch", "b.jsonl", "--allow-undocumented", "--poll-interval", "0.01", *more, mock=mock
        )
        assert allowed.returncode == 0, allowed.stderr
        if not more or more == ["--sync"]:
            names = {name for entry in mock.journal("POST") for name in entry["payload"]}
            assert {"promptt", "sed"} <= names

    def test_undocumented_defaults_of_a_batch_are_reported_once(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        (tmp_path / "b.jsonl").write_text('"a"\n"b"\n')
        done = command(TINY, "--batch", "b.jsonl", "--params", '{"stpes": 3}', mock=mock)
        assert done.returncode == 3 and done.stderr.count(b"stpes") == 1
        assert mock.journal() == []


class TestKeptAfterItWasPaid:
    @pytest.mark.parametrize("queue", [[], QUEUE])
    def test_an_image_is_saved_if_its_folder_was_deleted(
        self,
        command: Command,
        mock: MockServer,
        tmp_path: Path,
        spare: Path,
        monkeypatch: pytest.MonkeyPatch,
        queue: list[str],
    ) -> None:
        (tmp_path / "out").mkdir()
        real = try_save

        def meanwhile(*arguments: Any, **named: Any) -> object:
            (tmp_path / "out").rmdir()
            return real(*arguments, **named)

        monkeypatch.setattr(output, "try_save", meanwhile)
        done = command(LARGE, *SMALL, *queue, "--out", "out/x.jpeg", mock=mock)
        (kept,) = _jpegs(spare)
        assert done.returncode == 12
        assert f"out/x.jpeg: No such file or directory; saved as {kept} instead" in done.stderr.decode()
        assert b"Traceback" not in done.stderr

    def test_a_job_can_be_fetched_again_if_no_folder_is_writable(
        self,
        command: Command,
        mock: MockServer,
        tmp_path: Path,
        spare: Path,
        full: Callable[[], AbstractContextManager[None]],
    ) -> None:
        with full():
            done = command(LARGE, *SMALL, *QUEUE, "--quiet", "--out", "x.jpeg", mock=mock)
        assert done.returncode == 12
        (line,) = re.findall(rb"^echo '(.*)' \| segmind-client resume -$", done.stderr, re.M)
        again = command("resume", "-", "--out", "x.jpeg", mock=mock, stdin=line)
        assert again.returncode == 0, again.stderr
        assert [path.name for path in _jpegs(tmp_path)] == ["x.jpeg"] and len(mock.journal("POST")) == 1

    @pytest.mark.parametrize("out", ["x.jpeg", "-", None])
    @pytest.mark.parametrize("queue", [[], QUEUE])
    def test_an_unreadable_response_is_saved(
        self,
        command: Command,
        mock: MockServer,
        tmp_path: Path,
        spare: Path,
        monkeypatch: pytest.MonkeyPatch,
        out: str | None,
        queue: list[str],
    ) -> None:
        bodies = [b"paid for", b"paid for, too"]

        def fail(*_: object) -> ImageResult:
            raise UnreadableResponse("an image of an unknown format", bodies[0])

        monkeypatch.setattr(generate, "read_result", fail)
        monkeypatch.setattr(polling, "download", fail)
        kept: set[Path] = set()
        while bodies:
            done = command(LARGE, *SMALL, *queue, *(["--out", out] if out else []), mock=mock)
            assert done.returncode == 11, done.stderr
            (place,) = re.findall(r"is saved as (\S+)", done.stderr.decode())
            assert (tmp_path / place).read_bytes() == bodies.pop(0)
            kept.add(tmp_path / place)
        # The second file does not replace the first one.
        assert len(kept) == 2

    def test_an_unreadable_response_to_resume_is_saved(
        self, command: Command, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        handle = command(TINY, "--prompt", "x", "--async", "--no-wait", "-q", mock=mock).stdout

        def fail(*_: object) -> ImageResult:
            raise UnreadableResponse("an image of an unknown format", b"paid for")

        monkeypatch.setattr(polling, "download", fail)
        done = command("resume", "-", "--poll-interval", "0.01", mock=mock, stdin=handle)
        assert done.returncode == 11 and (tmp_path / f"{TINY}.unreadable").read_bytes() == b"paid for"
        assert f"saved as ./{TINY}.unreadable".encode() in done.stderr

    def test_resume_goes_on_with_the_other_jobs(
        self, command: Command, mock: MockServer, tmp_path: Path, spare: Path
    ) -> None:
        handles = [
            command(TINY, "--prompt", each, "--async", "--no-wait", "-q", mock=mock).stdout for each in ("a", "b")
        ]
        (tmp_path / f"{json.loads(handles[0])['request_id']}.jpeg").write_text("mine")
        done = command("resume", "-", "--poll-interval", "0.01", mock=mock, stdin=b"".join(handles))
        assert done.returncode == 12, done.stderr
        assert len(_jpegs(tmp_path)) == 1 and str(_jpegs(spare)[0]) in done.stderr.decode()

    @pytest.mark.parametrize("more", [[], ["--json"], ["--out", "-"], ["--async", "--no-wait", "--quiet"]])
    def test_an_image_is_saved_if_standard_output_is_full(
        self, mock: MockServer, tmp_path: Path, more: list[str]
    ) -> None:
        if not FULL.exists():
            absent("/dev/full")
        (tmp_path / "spare").mkdir()
        with FULL.open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "segmind_client", TINY, "--prompt", "x", *more],
                env={**_environment(mock), "TMPDIR": str(tmp_path / "spare")},
                cwd=tmp_path,
                stdout=full,
                stderr=subprocess.PIPE,
                check=False,
            )
        said = done.stderr.decode()
        assert done.returncode == 12 and "Traceback" not in said and "Exception ignored" not in said
        if "--no-wait" in more:
            (entry,) = mock.journal("POST")
            assert json.loads(said.splitlines()[-1])["request_id"] == entry["request_id"]
        else:
            (kept,) = _jpegs(tmp_path)
            assert str(kept.relative_to(tmp_path) if kept.parent == tmp_path else kept) in said

    @pytest.mark.parametrize("queue", [[], QUEUE])
    def test_an_image_is_saved_if_standard_error_is_full(
        self, mock: MockServer, tmp_path: Path, queue: list[str]
    ) -> None:
        if not FULL.exists():
            absent("/dev/full")
        with FULL.open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "segmind_client", TINY, "--prompt", "x", *queue],
                env=_environment(mock),
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=full,
                check=False,
            )
        assert done.stdout.startswith(f"{TINY}.jpeg".encode()) and len(_jpegs(tmp_path)) == 1

    def test_further_images_are_saved_if_one_goes_to_standard_output(
        self, command: Command, mock: MockServer, spare: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def two(_: object, response: Response) -> ImageResult:
            result = read_images(response)
            return ImageResult(result.images * 2, result.response, {})

        monkeypatch.setattr(generate, "read_result", two)
        done = command(LARGE, *SMALL, "--out", "-", mock=mock)
        assert done.returncode == 0 and done.stdout == _jpegs(spare)[0].read_bytes()
        assert str(_jpegs(spare)[0]) in done.stderr.decode()

    @pytest.mark.parametrize("quiet", [[], ["--quiet"]])
    def test_an_interrupted_wait_prints_the_resume_command(
        self, command: Command, mock: MockServer, monkeypatch: pytest.MonkeyPatch, quiet: list[str]
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(polling, "collect", interrupt)
        done = command(LARGE, *SMALL, *QUEUE, *quiet, mock=mock)
        assert done.returncode == 130
        (line,) = re.findall(rb"^echo '(.*)' \| segmind-client resume - --out \S+$", done.stderr, re.M)
        assert json.loads(line)["request_id"] == mock.journal("POST")[0]["request_id"]

    def test_saving_is_not_interrupted(
        self, command: Command, mock: MockServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import signal

        real = try_save

        def interrupted(*arguments: Any, **named: Any) -> object:
            signal.raise_signal(signal.SIGINT)
            return real(*arguments, **named)

        monkeypatch.setattr(output, "try_save", interrupted)
        done = command(LARGE, *SMALL, "--out", "x.jpeg", mock=mock)
        assert done.returncode == 130 and len(_jpegs(tmp_path)) == 1

    def test_the_suffix_follows_the_bytes(
        self,
        command: Command,
        mock: MockServer,
        tmp_path: Path,
        picture: Picture,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        from segmind_client import Image, Response

        def another(*_: object) -> ImageResult:
            return ImageResult((Image(picture("WEBP")), Image(picture("PNG"))), Response(200, {}, b"", ""), {})

        monkeypatch.setattr(generate, "read_result", another)
        assert command(LARGE, *SMALL, mock=mock).returncode == 0
        assert sorted(path.name for path in tmp_path.iterdir()) == [f"{LARGE}-1.webp", f"{LARGE}-2.png"]


def test_messages_to_a_closed_standard_error_are_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    for stream in (None, Path(os.devnull).open()):  # noqa: SIM115 - open for reading only, so writing fails
        monkeypatch.setattr(sys, "stderr", stream)
        say("something")
        if stream:
            stream.close()


def test_the_asyncio_client_saves_the_same_way(
    mock: MockServer, tmp_path: Path, spare: Path, large: Model, payload_of: Payload
) -> None:
    import asyncio

    async def use() -> ImageResult:
        async with AsyncSegmindClient(mock.key, mock.url) as client:
            return await client.stable_diffusion_3_5_large_txt2img.generate(**payload_of(large))

    result = asyncio.run(use())
    with pytest.raises(FileNotFoundError):
        result.save(tmp_path / "no" / "a.jpeg")
    assert _jpegs(spare)[0].read_bytes() == result.content


def _fill(folder: Path) -> None:
    (folder / "folder").mkdir()
    (folder / "file").write_text("")
    os.mkfifo(folder / "fifo")
    os.mkfifo(folder / "several-2.jpeg")
    (folder / "to-fifo").symlink_to("fifo")
    (folder / "to-folder").symlink_to("folder")
    (folder / "loop").symlink_to("loop")
    here = Path.cwd()
    os.chdir(folder)
    try:
        # The path of a socket is limited in length, so its name alone is used.
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("socket")
    finally:
        os.chdir(here)


def _environment(mock: MockServer) -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "SEGMIND_BASE_URL": mock.url, "SEGMIND_API_KEY": mock.key}
