"""Batches from the command line: refusals, requests, continued batches, and the files in the folder."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from segmind_client import BudgetExceeded, Request, Response, cli
from segmind_client._command.batch.runner import BatchRunner
from segmind_client._command.batch.spending import BatchSpending
from segmind_client._command.exit_codes import CommandError
from segmind_client._results.saving import safe_stem
from segmind_client.spec.catalog import get
from tests.client.doubles import Command, MockServer, WriteBatch
from tests.waiting import LIMIT_S, until

LARGE = "stable-diffusion-3.5-large-txt2img"
TINY = "tinysd1.5-txt2img"
SMALL = ["--sampler", "euler", "--scheduler", "normal", "--width", "64", "--height", "64", "--poll-interval", "0.01"]


@pytest.fixture
def command(command_here: Command) -> Command:
    """Run the command in this process: these tests run many batches."""
    return command_here


@pytest.fixture
def lines(tmp_path: Path) -> WriteBatch:
    """Write the input file and return the arguments of the command."""

    def write(*given: object, options: list[str] = SMALL, name: str = "b.jsonl") -> list[str]:
        text = "".join(f"{json.dumps(each)}\n" for each in given)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return [LARGE, *options, "--batch", name]

    return write


def _listed(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def _prompts(mock: MockServer) -> list[str]:
    return sorted(entry["payload"]["prompt"] for entry in mock.journal("POST") if entry["payload"])


class TestReading:
    def test_a_line_is_a_string_or_an_object_and_options_are_defaults(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        given = [
            "a text",
            {"prompt": "an object", "seed": 1, "id": "mine"},
            {"id": 7, "parameters": {"prompt": "in a wrapper", "steps": 20}},
        ]
        done = command(*lines(*given), "--steps", "11", "--seed", "2", mock=mock)
        assert done.returncode == 0, done.stderr
        payloads = {entry["payload"]["prompt"]: entry["payload"] for entry in mock.journal("POST")}
        assert {prompt: (p["steps"], p["seed"]) for prompt, p in payloads.items()} == {
            "a text": (11, 2),
            "an object": (11, 1),
            "in a wrapper": (20, 2),
        }
        assert all(entry["path"] == f"/v2/{LARGE}" for entry in mock.journal("POST"))
        pictures = _listed(tmp_path / "b" / "pictures.jsonl")
        assert [each["files"][0]["path"] for each in pictures] == ["b/00001.jpeg", "b/mine.jpeg", "b/7.jpeg"]
        assert all((tmp_path / each["files"][0]["path"]).stat().st_size for each in pictures)

    def test_all_errors_are_reported_with_file_and_line_before_sending(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        (tmp_path / "b.jsonl").write_text(
            '"fine"\n{"prompt": "x", "steps": 1, "width": "64"}\n\n{nonsense\n[1]\n{"prompt": "x", "prompt": "y"}\n'
            '{"id": "a", "prompt": "x"}\n{"id": "A", "prompt": "y"}\n{"id": "", "prompt": "x"}\n'
            '{"parameters": {"prompt": "x"}, "seed": 3}\n{"prompt": NaN}\n7\n' + "[" * 5000 + "\n"
        )
        done = command(LARGE, *SMALL, "--batch", "b.jsonl", mock=mock)
        assert done.returncode == 3
        said = done.stderr.decode()
        for words in (
            "b.jsonl:2: steps: 1 is below the minimum",
            "b.jsonl:2: width: '64' is not an integer",
            "b.jsonl:4: column 2: not JSON",
            "b.jsonl:5: expected a JSON object of parameters or a string, got an array",
            "b.jsonl:6: 'prompt' is given twice",
            "b.jsonl:8: the id 'A' is used by b.jsonl:7 already",
            "b.jsonl:9: an id must be a string",
            "b.jsonl:10: beside parameters only id and failure are allowed, got 'seed'",
            "b.jsonl:11: NaN is not JSON",
            "b.jsonl:12: expected a JSON object",
            "b.jsonl:13: nested too deeply",
        ):
            assert words in said, (words, said)
        assert "b.jsonl:1:" not in said and "Traceback" not in said
        assert mock.journal() == []
        assert [path.name for path in tmp_path.iterdir()] == ["b.jsonl"]

    def test_a_batch_from_standard_input_with_json_output(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        batch = b'\xef\xbb\xbf"one"\r\n"one"\r\n'
        done = command(LARGE, *SMALL, "--batch", "-", "--out-dir", "o", "--json", stdin=batch, mock=mock)
        assert done.returncode == 0, done.stderr
        *told, summary = [json.loads(line) for line in done.stdout.splitlines()]
        assert {each["line"] for each in told} == {"<stdin>:1", "<stdin>:2"}
        assert {each["id"] for each in told} == {told[0]["id"][:12], f"{told[0]['id'][:12]}-2"}
        for each in told:
            assert (tmp_path / each["files"][0]["path"]).is_file() and each["files"][0]["width"] == 64
        assert (summary["done"], summary["requests"], summary["pictures"], summary["status"]) == (2, 2, 2, 0)
        assert _prompts(mock) == ["one", "one"]

    @pytest.mark.parametrize(
        ("arguments", "status", "words"),
        [
            (["--out", "x.jpeg"], 2, "--out is for one image"),
            (["--overwrite"], 2, "--overwrite is for one image"),
            (["--async", "--sync"], 2, "exclude each other"),
            (["--concurrency", "0"], 2, "an integer from 1 to 100"),
            (["--max-usd", "-1"], 2, "is not a number"),
            (["--max-usd", "1"], 2, "no page says what"),
            (["--prompt", "-", "--batch", "-"], 2, "only one option"),
            (["--batch", "-"], 2, "--out-dir"),
            (["--batch", "nosuffix"], 2, "--out-dir"),
            (["--batch", "missing.jsonl"], 12, "missing.jsonl"),
            (["--out-dir", "b.jsonl"], 12, "b.jsonl"),
            (["--base-url", "nowhere"], 2, "must begin with http:// or https://"),
        ],
    )
    def test_wrong_usage_of_batch(
        self, command: Command, mock: MockServer, lines: WriteBatch, arguments: list[str], status: int, words: str
    ) -> None:
        done = command(*lines("x"), *arguments, mock=mock)
        assert (done.returncode, words in done.stderr.decode()) == (status, True), done.stderr
        assert b"Traceback" not in done.stderr
        assert mock.journal() == []

    def test_a_dry_run_of_a_batch(self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path) -> None:
        asked = lines("one", {"id": "it's", "prompt": "two"})
        done = command(*asked, "--dry-run", mock=mock, environ={"SEGMIND_API_KEY": None})
        shown = [json.loads(line) for line in done.stdout.splitlines()]
        assert [each["body"]["prompt"] for each in shown] == ["one", "two"] and shown[0]["url"].endswith(f"/v2/{LARGE}")
        assert b"2 requests" in done.stderr
        curl = command(*asked, "--curl", mock=mock).stdout.decode().splitlines()
        assert len(curl) == 2 and all(line.startswith("curl ") for line in curl)
        assert mock.journal() == []
        assert not (tmp_path / "b").exists()

    @pytest.mark.parametrize("id", ["../../etc/passwd", "..", ".hidden", "a/b", "ä" * 90, "C:\\x", "a" * 100, "*?"])
    def test_an_id_never_leads_out_of_the_folder(self, id: str) -> None:
        stem = safe_stem(id)
        assert stem and not stem.startswith(".") and not set(stem) & set('/\\:*?"<>|')
        assert len(stem.encode()) <= 160


class TestGoingOn:
    def test_finished_lines_are_not_sent_again_and_new_lines_are(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        assert command(*lines("a", "b"), mock=mock).returncode == 0
        before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "b").glob("*.jpeg")}
        done = command(*lines("new", "b", "a"), mock=mock)
        assert done.returncode == 0
        assert b"1 new line, 2 known; 1 to do" in done.stderr
        assert _prompts(mock) == ["a", "b", "new"]
        after = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "b").glob("*.jpeg")}
        assert before.items() <= after.items() and len(after) == 3

    def test_an_id_with_other_parameters_is_refused(
        self, command: Command, mock: MockServer, lines: WriteBatch
    ) -> None:
        assert command(*lines({"id": "x", "prompt": "a"}), mock=mock).returncode == 0
        done = command(*lines("other", {"id": "x", "prompt": "b"}), mock=mock)
        assert done.returncode == 2
        assert b"b.jsonl:2: 'x' was sent with other parameters" in done.stderr
        assert _prompts(mock) == ["a"]

    def test_the_list_of_failures_is_a_batch(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        mock.set("scenarios", scenario="job-fails")
        asked = lines("a", "b", "c")
        done = command(*asked, "--concurrency", "1", mock=mock)
        assert done.returncode == 7
        (failure,) = _listed(tmp_path / "b" / "failures.jsonl")
        assert failure["failure"]["line"] == "b.jsonl:1" and failure["parameters"]["prompt"] == "a"
        assert b"--batch b/failures.jsonl --out-dir b" in done.stderr
        # It is not sent again automatically, and the exit code says so.
        assert command(*asked, mock=mock).returncode == 7
        assert _prompts(mock) == ["a", "b", "c"]
        again = command(LARGE, "--poll-interval", "0.01", "--batch", "b/failures.jsonl", "--out-dir", "b", mock=mock)
        assert again.returncode == 0, again.stderr
        assert _prompts(mock) == ["a", "a", "b", "c"]
        assert not (tmp_path / "b" / "failures.jsonl").exists()
        assert len(_listed(tmp_path / "b" / "pictures.jsonl")) == 3

    def test_failed_lines_are_sent_again_if_asked_or_fixed(
        self, command: Command, mock: MockServer, lines: WriteBatch
    ) -> None:
        mock.set("scenarios", scenario="status-400", times=2)
        given = [{"id": "x", "prompt": "a"}, {"id": "y", "prompt": "b"}]
        assert command(*lines(*given), mock=mock).returncode == 7
        given[0]["prompt"] = "mended"
        assert command(*lines(*given), mock=mock).returncode == 7
        assert _prompts(mock) == ["a", "b", "mended"]
        assert command(*lines(*given), "--retry-failed", mock=mock).returncode == 0
        assert _prompts(mock) == ["a", "b", "b", "mended"]

    def test_a_line_in_doubt_is_sent_again_only_with_at_least_once(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        mock.set("scenarios", scenario="html-502")
        asked = lines("a", "b")
        done = command(*asked, "--concurrency", "1", mock=mock)
        assert done.returncode == 9
        assert b"b.jsonl:1: in doubt: 502" in done.stderr and b"--at-least-once" in done.stderr
        assert [each["parameters"]["prompt"] for each in _listed(tmp_path / "b" / "in-doubt.jsonl")] == ["a"]
        for more in ([], ["--retry-failed"]):
            assert command(*asked, *more, mock=mock).returncode == 9
        fed_back = [LARGE, "--batch", "b/in-doubt.jsonl", "--out-dir", "b"]
        assert command(*fed_back, mock=mock).returncode == 9
        assert _prompts(mock) == ["a", "b"]
        done = command(*asked, "--at-least-once", mock=mock)
        assert done.returncode == 0, done.stderr
        assert b"3 requests accepted (1 of them possibly)" in done.stderr
        assert _prompts(mock) == ["a", "a", "b"]
        assert not (tmp_path / "b" / "in-doubt.jsonl").exists()

    def test_at_least_once_sends_again_in_the_same_run(
        self, command: Command, mock: MockServer, lines: WriteBatch
    ) -> None:
        mock.set("scenarios", scenario="reset-before-body", times=5)
        done = command(*lines("a"), "--at-least-once", mock=mock)
        assert done.returncode == 9
        assert _prompts(mock) == ["a"] * 3

    def test_an_unknown_job_is_lost(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        mock.set("scenarios", scenario="completed-then-expired")
        asked = lines("a")
        done = command(*asked, mock=mock)
        assert done.returncode == 9 and b"lost: accepted as" in done.stderr
        assert command(*asked, mock=mock).returncode == 9
        assert _prompts(mock) == ["a"]
        assert command(*asked, "--at-least-once", mock=mock).returncode == 0
        assert _prompts(mock) == ["a", "a"]

    def test_a_slow_job_is_waited_for_in_the_next_run(
        self, command: Command, mock: MockServer, lines: WriteBatch
    ) -> None:
        mock.set("scenarios", scenario="poll:html-502:9")
        asked = lines("a")
        done = command(*asked, "--timeout", "0.05", mock=mock)
        assert done.returncode == 8 and b"not done yet" in done.stderr
        assert command(*asked, mock=mock).returncode == 0
        assert _prompts(mock) == ["a"]


class TestStopping:
    @pytest.mark.parametrize(("scenario", "status"), [("status-401", 4), ("no-credits", 5)])
    def test_a_refused_account_stops_the_batch(
        self, command: Command, mock: MockServer, lines: WriteBatch, scenario: str, status: int
    ) -> None:
        mock.set("scenarios", scenario=scenario)
        asked = lines("a", "b", "c")
        done = command(*asked, "--concurrency", "1", mock=mock)
        assert done.returncode == status and b"stopped: b.jsonl:1" in done.stderr and b"3 not sent" in done.stderr
        assert len(mock.journal("POST")) == 1
        assert command(*asked, mock=mock).returncode == 0
        assert _prompts(mock) == ["a", "a", "b", "c"]

    def test_an_unreachable_service_stops_the_batch(
        self, lines: WriteBatch, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pauses: list[float] = []

        async def pause(_: BatchRunner, seconds: float) -> None:
            pauses.append(seconds)

        monkeypatch.setattr(BatchRunner, "_pause", pause)
        monkeypatch.setenv("SEGMIND_API_KEY", "SG_nobody_there")
        monkeypatch.chdir(tmp_path)
        asked = [*lines("a"), "--base-url", "http://127.0.0.1:9", "--sync", "--timeout", "0.2"]
        assert cli.main(asked) == 6
        assert pauses == [1, 2, 4, 8]
        said = capsys.readouterr().err
        assert "1 not sent" in said and "0 requests accepted" in said

    def test_max_usd_stops_the_batch(self, command: Command, mock: MockServer, lines: WriteBatch) -> None:
        asked = [TINY, *lines(*"abcde", options=["--poll-interval", "0.01"])[1:], "--max-usd", "0.018"]
        done = command(*asked, mock=mock)
        assert done.returncode == 13, done.stderr
        assert b"more than is left of 0.018" in done.stderr and b"2 not sent" in done.stderr
        assert len(mock.journal("POST")) == 3
        # Earlier runs count.
        assert command(*asked, mock=mock).returncode == 13
        assert command(*asked[:-1], "0.030", mock=mock).returncode == 0
        assert len(mock.journal("POST")) == 5

    def test_min_credits_stops_the_batch(self, command: Command, mock: MockServer, lines: WriteBatch) -> None:
        mock.set("credits", credits=1.0)
        done = command(*lines(*"abcdefgh"), "--min-credits", "0.96", "--concurrency", "8", mock=mock)
        assert done.returncode == 13 and b"less than the minimum of 0.96" in done.stderr, done.stderr
        assert len(mock.journal("POST")) == 4

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ctrl_c_leaves_jobs_in_the_queue(
        self, mock: MockServer, lines: WriteBatch, tmp_path: Path, command: Command, number: signal.Signals
    ) -> None:
        mock.set("scenarios", scenario="stuck", times=2)
        asked = lines(*"abcd")
        process = _started([*asked, "--concurrency", "2", "--quiet"], mock, tmp_path)
        until(lambda: any("status" in entry["path"] for entry in mock.journal("GET")))
        process.send_signal(number)
        _, said = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 130, said
        assert b"2 queued, 2 not sent" in said and b"the same command continues the batch" in said
        done = command(*asked, "--timeout", "0.1", mock=mock)
        assert done.returncode == 8, done.stderr
        assert _prompts(mock) == ["a", "b", "c", "d"]

    def test_ctrl_c_waits_for_synchronous_calls_and_twice_does_not(
        self, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        mock.set("scenarios", scenario="latency:1")
        asked = [*lines("a", "b"), "--sync", "--concurrency", "1"]
        process = _started(asked, mock, tmp_path)
        until(lambda: _states(tmp_path) == {"sending": 1, "planned": 1})
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 130 and b"1 done, 1 not sent; 1 image " in said
        mock.set("scenarios", scenario="latency:60")
        process = _started(asked, mock, tmp_path)
        until(lambda: _states(tmp_path) == {"sending": 1, "done": 1})
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        while b"stopping" not in process.stderr.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 130 and b"in doubt" in said


class TestTheFolder:
    def test_a_batch_folder_belongs_to_one_process_at_a_time(
        self, mock: MockServer, lines: WriteBatch, tmp_path: Path, command: Command
    ) -> None:
        mock.set("scenarios", scenario="stuck")
        asked = lines("a")
        process = _started(asked, mock, tmp_path)
        until(lambda: bool(mock.journal("GET")))
        done = command(*asked, mock=mock)
        assert done.returncode == 12 and b"another process runs this batch" in done.stderr
        process.kill()
        process.communicate()
        assert len(mock.journal("POST")) == 1

    def test_a_batch_folder_belongs_to_one_model_and_one_service(
        self, command: Command, mock: MockServer, lines: WriteBatch
    ) -> None:
        asked = lines("a")
        assert command(*asked, mock=mock).returncode == 0
        done = command(TINY, "--batch", "b.jsonl", mock=mock)
        assert done.returncode == 2 and b"the model of this batch is" in done.stderr
        done = command(*asked, "--base-url", "http://127.0.0.1:9", mock=mock)
        assert done.returncode == 2 and b"the service of this batch is" in done.stderr

    def test_existing_files_in_the_folder_are_not_replaced(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        (tmp_path / "b").mkdir()
        (tmp_path / "b" / "mine.jpeg").write_text("precious")
        done = command(*lines({"id": "mine", "prompt": "a"}), mock=mock)
        assert done.returncode == 12 and b"already contains mine.jpeg" in done.stderr
        assert (tmp_path / "b" / "mine.jpeg").read_text() == "precious"
        assert mock.journal() == []

    def test_a_database_of_another_program_is_refused(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        (tmp_path / "b").mkdir()
        for content in (b"not a database, but long enough to be looked at" * 99, None):
            (tmp_path / "b" / "batch.sqlite").unlink(missing_ok=True)
            if content is None:
                with sqlite3.connect(tmp_path / "b" / "batch.sqlite") as database:
                    database.execute("create table theirs (x)")
                database.close()
            else:
                (tmp_path / "b" / "batch.sqlite").write_bytes(content)
            done = command(*lines("a"), mock=mock)
            assert done.returncode == 12 and b"name another --out-dir" in done.stderr, done.stderr
        assert mock.journal() == []

    def test_several_images_of_a_line(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        given = [{"id": "x", "prompt": "a", "batch_size": 2}, {"id": "x-1", "prompt": "b"}]
        done = command(*lines(*given), mock=mock)
        assert done.returncode == 0, done.stderr
        names = sorted(path.name for path in (tmp_path / "b").glob("*.jpeg"))
        assert names == ["x-1.jpeg", "x-1_2.jpeg", "x-2.jpeg"]

    def test_the_batch_folder_never_contains_the_key(
        self, command: Command, mock: MockServer, lines: WriteBatch, tmp_path: Path
    ) -> None:
        mock.set("scenarios", scenario="html-502")
        done = command(*lines("a", "b"), mock=mock)
        for path in (tmp_path / "b").iterdir():
            assert mock.key.encode() not in path.read_bytes(), path
        assert mock.key.encode() not in done.stdout + done.stderr


class TestResuming:
    def test_resume_with_the_handle_that_no_wait_prints(
        self, command: Command, mock: MockServer, tmp_path: Path
    ) -> None:
        submitted = command(LARGE, *SMALL, "--prompt", "x", "--async", "--no-wait", mock=mock)
        assert submitted.returncode == 0, submitted.stderr
        assert b"segmind-client resume -\n" in submitted.stderr
        (tmp_path / "h.json").write_bytes(submitted.stdout)
        done = command("resume", "h.json", "--out", "x.jpeg", "--poll-interval", "0.01", mock=mock)
        assert done.returncode == 0 and (tmp_path / "x.jpeg").read_bytes().startswith(b"\xff\xd8")
        assert command("resume", "h.json", "--out", "x.jpeg", mock=mock).returncode == 12
        again = command("resume", "-", "--overwrite", "--json", mock=mock, stdin=submitted.stdout)
        assert again.returncode == 0 and json.loads(again.stdout)["images"][0]["path"] == f"./{LARGE}.jpeg"
        assert len(mock.journal("POST")) == 1

    def test_the_printed_resume_command_works(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        mock.set("scenarios", scenario="stuck")
        told = command(LARGE, *SMALL, "--prompt", "x", "--async", "--timeout", "0.05", "--out", "it's.jpeg", mock=mock)
        assert told.returncode == 8
        (line,) = [line for line in told.stderr.decode().splitlines() if line.startswith("echo ")]
        line = line.replace("segmind-client", f"{sys.executable} -m segmind_client") + " --timeout 0.05"
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, env=_environment(mock), cwd=tmp_path, check=False
        )
        assert done.returncode == 8 and b"did not end in time" in done.stderr.lower(), done.stderr

    def test_resume_several_jobs(self, command: Command, mock: MockServer, tmp_path: Path) -> None:
        handles = [
            command(LARGE, *SMALL, "--prompt", prompt, "--async", "--no-wait", "-q", mock=mock).stdout
            for prompt in "ab"
        ]
        unknown = b'{"slug": "x", "request_id": "../gone", "status_url": "", "response_url": ""}\n'
        done = command(
            "resume",
            "-",
            "--out-dir",
            ".",
            "--poll-interval",
            "0.01",
            mock=mock,
            stdin=b"".join([handles[0], unknown, handles[1]]),
        )
        assert done.returncode == 10 and b"../gone: 404" in done.stderr
        assert len(list(tmp_path.glob("*.jpeg"))) == 2

    @pytest.mark.parametrize("text", ["", "{}", "[]", "nonsense", '{"slug": 1}', '{"slug": "x"}\n{'])
    def test_an_invalid_handle_is_refused(self, command: Command, mock: MockServer, text: str) -> None:
        done = command("resume", "-", mock=mock, stdin=text.encode())
        assert done.returncode == 2 and b"Traceback" not in done.stderr and b"handle" in done.stderr
        assert mock.journal() == []

    def test_the_key_is_not_sent_to_a_host_in_a_handle(self, command: Command, mock: MockServer) -> None:
        foreign = "http://localhost:1/v2/requests/r1"
        handle = {"slug": LARGE, "request_id": "r1", "status_url": foreign, "response_url": foreign}
        done = command("resume", "-", mock=mock, stdin=json.dumps(handle).encode())
        assert done.returncode == 10 and b"404" in done.stderr
        assert mock.journal("GET")[0]["path"] == "/v2/requests/r1/status"


class TestLimits:
    def test_min_credits_waits_for_the_first_response(self) -> None:
        limits = BatchSpending(get(TINY), [], None, 5.0)
        assert not limits.must_wait()
        limits.sending()
        assert limits.must_wait()
        limits.note(*_exchange({"x-remaining-credits": "5.03"}))
        assert limits.remaining == 5.03 and not limits.must_wait() and limits.reached() is None

    def test_min_credits_without_a_price_waits_for_each_response(self) -> None:
        limits = BatchSpending(get(LARGE), [], None, 5.0)
        limits.note(*_exchange({"x-remaining-credits": "5.03"}))
        limits.sending()
        assert limits.must_wait()
        limits.answered(refused=True)
        assert not limits.must_wait() and limits.posts == 0

    def test_a_service_that_never_names_credits_ends_the_batch(self) -> None:
        limits = BatchSpending(get(LARGE), [], None, 5.0)
        limits.note(*_exchange({}))
        assert "does not say" in (limits.reached() or "")

    def test_max_usd_counts_earlier_runs(self) -> None:
        limits = BatchSpending(get(TINY), [({}, 4), ({}, 6)], 0.07, None)
        assert limits.budget is not None and limits.spent_usd == 0.06
        limits.budget.reserve(TINY, 0.006)
        with pytest.raises(BudgetExceeded):
            limits.budget.reserve(TINY, 0.006)

    def test_max_usd_without_a_price_is_refused(self) -> None:
        with pytest.raises(CommandError, match="no page says"):
            BatchSpending(get(LARGE), [({}, 1)], 1.0, None)
        assert BatchSpending(get(LARGE), [({}, 9)], None, None).spent_usd is None


def _exchange(headers: dict[str, str]) -> tuple[Request, Response]:
    request = Request("POST", "https://x", {}, b"", 1, 1, 1, with_key=True)
    return request, Response(200, headers, b"", "https://x")


def _environment(mock: MockServer) -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "SEGMIND_BASE_URL": mock.url, "SEGMIND_API_KEY": mock.key}


def _started(arguments: list[str], mock: MockServer, folder: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "segmind_client", *arguments]
    pipes: Any = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=folder, env=_environment(mock), **pipes)


def _states(folder: Path) -> dict[str, int]:
    """Return the state on the disk, read while another process has it open."""
    import shutil

    copy = folder / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    try:
        shutil.copytree(folder / "b", copy)
        database = sqlite3.connect(copy / "batch.sqlite")
        try:
            return dict(database.execute("select state, count(*) from line group by state").fetchall())
        finally:
            database.close()
    except (OSError, shutil.Error, sqlite3.Error):
        return {}
