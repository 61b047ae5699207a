"""The command line and batches with models of every medium."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.media.conftest import Command, order
from tests.media.fake_service import FILES, Service

CHAT = {"choices": [{"message": {"content": "Grüß Gott"}, "finish_reason": "stop"}], "usage": {"total_tokens": 9}}
DATA = {"data": [{"embedding": [0.1, 0.2]}]}


@pytest.mark.parametrize("queue", [[], ["--async", "--poll-interval", "0.01"]])
@pytest.mark.parametrize(
    ("slug", "name", "out", "line"),
    [
        ("reel-1", "clip.mp4", ["--out", "clip.mp4"], "clip.mp4: video/mp4, 64×48, 1.0 s"),
        ("reel-1", "clip.webm", [], "reel-1.webm: video/webm, 64×48, 1.0 s"),
        ("murmur", "tone.mp3", [], "murmur.mp3: audio/mpeg, 1.0 s, 16000 Hz, mono"),
        ("clay", "triangle.glb", ["-o", "a.glb"], "a.glb: model/gltf-binary"),
    ],
)
def test_a_file_is_saved_and_described_on_one_line(
    command: Command, tmp_path: Path, slug: str, name: str, out: list[str], line: str, queue: list[str]
) -> None:
    done = command(slug, "--prompt", order(file=name), *out, *queue)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == f"{line}\n"
    (path,) = tmp_path.iterdir()
    assert path.name == line.partition(":")[0] and path.read_bytes() == (FILES / name).read_bytes()


def test_a_file_as_json_and_a_note_about_its_suffix(command: Command) -> None:
    done = command("reel-1", "--prompt", order(file="clip.webm"), "--out", "x.mp4", "--json")
    (file,) = json.loads(done.stdout)["files"]
    assert (file["path"], file["media_type"], file["duration_s"], file["codec"]) == (
        "x.mp4",
        "video/webm",
        1.008,
        "vp9",
    )
    assert b"note: x.mp4: the file is video/webm, not video/mp4; a suffix that fits is .webm" in done.stderr


@pytest.mark.parametrize("queue", [[], ["--async", "--poll-interval", "0.01"]])
@pytest.mark.parametrize(
    ("slug", "answer", "out", "names"),
    [
        ("reel-1", {"file": "clip.webm"}, "clip", ["clip.webm"]),
        ("reel-1", {"file": "clip.mp4"}, "shot-1.5", ["shot-1.5.mp4"]),
        ("reel-1", {"file": "clip.mp4"}, ".clip", [".clip.mp4"]),
        ("reel-1", {"file": "clip.mp4"}, "clip.final", ["clip.final"]),
        ("reel-1", {"file": "clip.mp4"}, "clip.", ["clip."]),
        ("reel-1", {"body": "\x00\x01\x02"}, "clip", ["clip.bin"]),
        ("plate", {"file": "still.png"}, "still", ["still.png"]),
        ("sage", {"json": CHAT}, "answer", ["answer.txt"]),
        ("vectors-3", {"json": DATA}, "data", ["data.json"]),
    ],
)
def test_a_path_without_a_suffix_gets_that_of_the_bytes(
    command: Command, tmp_path: Path, slug: str, answer: dict[str, object], out: str, names: list[str], queue: list[str]
) -> None:
    done = command(slug, "--prompt", order(**answer), "--out", out, *queue)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in tmp_path.iterdir()] == names
    assert done.stdout.decode().startswith((f"{names[0]}: ", f"{names[0]}  "))
    # The second time the file is there: nothing is sent or overwritten, unless the bytes have another suffix than the usual one.
    usual = names[0].endswith((".mp4", ".txt", ".json", ".final", "."))
    assert command(slug, "--prompt", order(**answer), "--out", out, *queue).returncode == 12 or not usual
    again = command(slug, "--prompt", order(**answer), "--out", out, "--overwrite", *queue)
    assert again.returncode == 0 and (tmp_path / names[0]).is_file()


def test_a_path_without_a_suffix_that_is_there_is_used_as_it_is(command: Command, tmp_path: Path) -> None:
    (tmp_path / "clip").touch()
    wanted = ["reel-1", "--prompt", order(file="clip.mp4"), "--out", "clip"]
    assert command(*wanted).returncode == 12
    assert command(*wanted, "--overwrite").stdout == b"clip: video/mp4, 64\xc3\x9748, 1.0 s\n"
    (tmp_path / "folder").mkdir()
    done = command(*wanted[:-1], "folder")
    assert done.returncode == 12 and b"no file can be written there" in done.stderr


def test_several_files_at_a_path_without_a_suffix(command: Command, tmp_path: Path) -> None:
    done = command("reel-1", "--prompt", order(file="clip.mp4", several=2), "--out", "clip", "--async")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"clip-1.mp4", "clip-2.mp4"}


def test_a_resumed_job_at_a_path_without_a_suffix(command: Command, tmp_path: Path) -> None:
    done = command("reel-1", "--prompt", order(file="clip.webm"), "--async", "--no-wait")
    (tmp_path / "job.json").write_bytes(done.stdout)
    for code in (0, 12):
        done = command("resume", "job.json", "--out", "clip", "--poll-interval", "0.01")
        assert done.returncode == code, done.stderr
        assert {path.name for path in tmp_path.iterdir()} == {"job.json", "clip.webm"}


def test_a_file_with_a_problem_is_saved_all_the_same(command: Command, tmp_path: Path) -> None:
    done = command("reel-1", "--prompt", order(body="\x00\x01\x02"))
    assert (done.returncode, done.stdout) == (0, b"reel-1.bin: application/octet-stream\n")
    assert b"note: reel-1.bin: 3 bytes beginning with 00 01 02" in done.stderr
    assert (tmp_path / "reel-1.bin").read_bytes() == b"\0\1\2"


def test_a_file_to_standard_output(command: Command) -> None:
    assert command("murmur", "--prompt", order(file="tone.wav"), "-o", "-").stdout == (FILES / "tone.wav").read_bytes()


@pytest.mark.parametrize("queue", [[], ["--async", "--poll-interval", "0.01"]])
def test_text_goes_to_standard_output(command: Command, tmp_path: Path, queue: list[str]) -> None:
    wanted = order(json=CHAT, text=True)
    done = command("sage", "--prompt", wanted, *queue)
    assert (done.returncode, done.stdout.decode()) == (0, "Grüß Gott\n")
    done = command("quill-8b", "--messages", json.dumps([{"role": "user", "content": wanted}]), "--json", *queue)
    found = json.loads(done.stdout)
    assert (found["text"], found["finish_reason"], found["usage"]) == ("Grüß Gott", "stop", {"total_tokens": 9})
    assert not list(tmp_path.iterdir())
    done = command("sage", "--prompt", wanted, "--out", "a.txt", *queue)
    assert done.stdout.decode() == "a.txt: text/plain, 9 characters\n"
    assert (tmp_path / "a.txt").read_text(encoding="utf-8") == "Grüß Gott\n"


def test_json_goes_to_standard_output_as_json(command: Command, tmp_path: Path) -> None:
    done = command("vectors-3", "--prompt", order(json=DATA))
    assert (done.returncode, json.loads(done.stdout)) == (0, DATA)
    command("vectors-3", "--prompt", order(json=DATA), "--out", "a.json")
    assert json.loads((tmp_path / "a.json").read_bytes()) == DATA


def test_a_job_is_resumed(command: Command, tmp_path: Path) -> None:
    done = command("reel-1", "--prompt", order(file="clip.mp4"), "--async", "--no-wait")
    (tmp_path / "job.json").write_bytes(done.stdout)
    done = command("resume", "job.json", "--poll-interval", "0.01")
    assert done.stdout.decode() == "./reel-1.mp4: video/mp4, 64×48, 1.0 s\n"


ANSWERS: dict[str, tuple[dict[str, Any], str]] = {
    "reel-1": ({"file": "clip.mp4"}, "mp4"),
    "murmur": ({"file": "tone.mp3"}, "mp3"),
    "clay": ({"file": "triangle.glb"}, "glb"),
    "sage": ({"json": CHAT, "text": True}, "txt"),
    "vectors-3": ({"json": DATA}, "json"),
}
#: What a batch has in its folder beside the files of its lines.
_OWN = {"batch.sqlite", "batch.log", "files.jsonl", "pictures.jsonl"}


def _write(path: Path, slug: str, count: int) -> None:
    lines = [{"id": f"line-{n}", "prompt": order(**ANSWERS[slug][0], n=n)} for n in range(count)]
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")


def _files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if not path.name.startswith("batch.")} - _OWN


@pytest.mark.parametrize("sync", [["--sync"], []])
@pytest.mark.parametrize("slug", ANSWERS)
def test_each_line_of_a_batch_gives_one_file(
    command: Command, service: Service, tmp_path: Path, slug: str, sync: list[str]
) -> None:
    _write(tmp_path / "in.jsonl", slug, 3)
    suffix = ANSWERS[slug][1]
    before = len(service.posts)
    for _ in range(2):
        done = command(slug, "--batch", "in.jsonl", "--out-dir", "b", "--poll-interval", "0.01", *sync)
        assert done.returncode == 0, done.stderr
        assert _files(tmp_path / "b") == {f"line-{n}.{suffix}" for n in range(3)}
    assert len(service.posts) - before == 3
    entries = [json.loads(line) for line in (tmp_path / "b" / "files.jsonl").read_text("utf-8").splitlines()]
    assert [entry["id"] for entry in entries] == ["line-0", "line-1", "line-2"]
    assert all(len(entry["files"]) == 1 and entry["files"][0]["sha256"] for entry in entries)


@pytest.mark.parametrize("sync", [["--sync"], []])
def test_the_files_of_a_batch_have_the_suffix_of_their_bytes(command: Command, tmp_path: Path, sync: list[str]) -> None:
    """For ids of any form, and for each format."""
    lines = [
        {"id": "clip", "prompt": order(file="clip.webm")},
        {"id": "shot-1.5", "prompt": order(file="clip.mp4")},
        {"id": "take.mp4", "prompt": order(file="clip.mov")},
    ]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = command("reel-1", "--batch", "in.jsonl", "--out-dir", "b", "--poll-interval", "0.01", *sync)
    assert done.returncode == 0, done.stderr
    assert _files(tmp_path / "b") == {"clip.webm", "shot-1.5.mp4", "take.mp4.mov"}


@pytest.mark.parametrize("slug", ["reel-1", "sage"])
def test_a_batch_that_is_killed_pays_for_nothing_twice(
    python: Path, service: Service, command: Command, tmp_path: Path, slug: str
) -> None:
    """Kill the batch after each further POST until it ends. The queue's jobs are all resumed."""
    _write(tmp_path / "in.jsonl", slug, 20)
    arguments = [slug, "--batch", "in.jsonl", "--out-dir", "b", "--poll-interval", "0.01", "--concurrency", "2"]
    before = len(service.posts)
    environment = {"PYTHONPATH": str(python), "LUMEN_API_KEY": "key", "LUMEN_BASE_URL": service.url, "PATH": ""}
    for kills in range(1, 5):
        line = [sys.executable, "-m", "lumen_client", *arguments]
        with subprocess.Popen(line, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
            while len(service.posts) - before < 4 * kills and process.poll() is None:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
    done = command(*arguments, "--at-least-once")
    assert done.returncode == 0, done.stderr
    assert _files(tmp_path / "b") == {f"line-{n}.{ANSWERS[slug][1]}" for n in range(20)}
    # A line whose POST was being sent at a kill is in doubt; only then was it sent again, because the command asks for it.
    assert 20 <= len(service.posts) - before <= 20 + 2 * 4
