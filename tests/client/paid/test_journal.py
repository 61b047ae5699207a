"""The journal: after a crash at any moment, paid jobs can be resumed and calls in doubt are listed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from segmind_client import (
    AmbiguousOutcome,
    BadRequestError,
    InferenceFailed,
    JobHandle,
    Journal,
    NotFoundError,
    RequestOptions,
    UnreadableResponse,
)
from segmind_client._flow import Interrupted, NotSent
from segmind_client._flows import calls, polling
from segmind_client.spec.facts import Model
from tests.client.doubles import Answer, MockServer, Payload, Picture, ScriptedService
from tests.waiting import LIMIT_S

QUEUED = {"request_id": "r1"}
SLUG = "tinysd1.5-txt2img"

DRAWING = """
import os, sys, time
from segmind_client import Hooks, Journal, RequestOptions, SegmindClient

place, journal, scenario = sys.argv[1:]

def here(*_):
    os.kill(os.getpid(), 9)

class AfterTheAnswer(Journal):
    def append(self, entry):
        if entry["event"] == "accepted":
            here()
        super().append(entry)

hooks = Hooks(
    request=here if place == "before it is noted" else None,
    response=here if place == "when the answer came" else None,
    poll=here if place == "while it waits" else None,
)
if place == "when it was sent":
    import segmind_client._clients.sync_driver as shell
    shell.SyncDriver._send = here
noted = AfterTheAnswer(journal) if place == "before the job is noted" else journal
options = RequestOptions(journal=noted, hooks=hooks, headers={"x-mock-scenario": scenario} if scenario else None)
with SegmindClient(options=options) as client:
    client.run("tinysd1.5-txt2img", prompt="a secret lighthouse")
"""


def submit(played: ScriptedService, journal: Journal, **options: Any) -> calls.Submitted:
    return played.run(calls.submit(played.config, "m", None, {"a": 1}, RequestOptions(journal=journal, **options)))


def events(played: ScriptedService) -> list[str]:
    return [record["event"] for record in played.records]


class TestWhatIsNoted:
    """The entries that flows yield, before anything else happens."""

    JOURNAL = Journal("never-written")

    def test_entries_before_and_after_a_post(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(200, QUEUED))
        flow = calls.submit(played.config, "m", None, {"a": 1}, RequestOptions(journal=self.JOURNAL))
        first: Any = next(flow)
        assert first.vital and not played.requests
        assert first.entry["sha256"] == sha256(b'{"a":1}').hexdigest()
        assert (first.entry["slug"], first.entry["path"]) == ("m", "/v2/m")
        flow.close()
        handle = submit(played, self.JOURNAL).handle
        assert events(played) == ["sending", "accepted"]
        assert played.records[1]["handle"] == handle._asdict()
        assert len({record["call"] for record in played.records}) == 1

    def test_entries_of_a_synchronous_call(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(200, b"picture"))
        played.run(calls.call_sync(played.config, "m", None, {}, RequestOptions(journal=self.JOURNAL)))
        assert events(played) == ["sending", "answered"]

    def test_entries_of_failed_attempts(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(NotSent("refused"), answer(429), answer(200, QUEUED))
        submit(played, self.JOURNAL)
        assert events(played) == ["sending", "refused", "sending", "refused", "sending", "accepted"]

    @pytest.mark.parametrize(
        ("reply", "error"),
        [(Interrupted("reset"), AmbiguousOutcome), (502, AmbiguousOutcome), (200, UnreadableResponse)],
    )
    def test_entries_of_an_unknown_outcome(
        self, script: type[ScriptedService], answer: Answer, reply: int | Exception, error: type[Exception]
    ) -> None:
        played = script(answer(reply) if isinstance(reply, int) else reply)
        with pytest.raises(error):
            submit(played, self.JOURNAL)
        assert events(played) == ["sending", "unknown"]

    def test_entries_of_a_refusal(self, script: type[ScriptedService], answer: Answer) -> None:
        played = script(answer(400, {"error": "no"}))
        with pytest.raises(BadRequestError):
            submit(played, self.JOURNAL)
        assert events(played) == ["sending", "refused"]

    @pytest.mark.parametrize(("status", "error"), [("COMPLETED", None), ("FAILED", InferenceFailed)])
    def test_entry_of_a_jobs_end(
        self,
        script: type[ScriptedService],
        answer: Answer,
        handle: JobHandle,
        status: str,
        error: type[Exception] | None,
    ) -> None:
        played = script(answer(200, {"status": status, "output": "https://cdn.test/1.jpg"}))
        options = RequestOptions(journal=self.JOURNAL)
        if error is None:
            played.run(polling.wait(played.config, handle, 1.0, 1.0, options))
        else:
            with pytest.raises(error):
                played.run(polling.wait(played.config, handle, 1.0, 1.0, options))
        assert [(r["event"], r["state"], r["request_id"]) for r in played.records] == [("ended", status, "r1")]

    def test_a_jobs_end_is_noted_after_the_download(
        self, script: type[ScriptedService], answer: Answer, handle: JobHandle, picture: Picture
    ) -> None:
        done = answer(200, {"status": "COMPLETED", "output": "https://cdn.test/1.jpg"})
        options = RequestOptions(journal=self.JOURNAL)
        played = script(done, done, answer(404))
        with pytest.raises(NotFoundError) as caught:
            played.run(polling.collect(played.config, handle, 1.0, 1.0, options))
        assert caught.value.handle == handle
        assert events(played) == []
        played = script(done, done, answer(200, picture()))
        played.run(polling.collect(played.config, handle, 1.0, 1.0, options))
        assert events(played) == ["ended"]


class TestTheFile:
    def test_a_missing_journal_is_empty(self, tmp_path: Path) -> None:
        assert Journal(tmp_path / "none").read() == ((), (), (), 0)

    def test_read_returns_jobs_and_calls_in_doubt(
        self, mock: MockServer, large: Model, payload_of: Payload, tmp_path: Path
    ) -> None:
        journal = Journal(tmp_path / "jobs.jsonl")
        with mock.client(options=RequestOptions(journal=journal)) as client:
            first = client.submit_async(large.slug, **payload_of(large))
            second = client.submit_async(large.slug, **payload_of(large))
            mock.set("scenarios", scenario="reset-before-body")
            with pytest.raises(AmbiguousOutcome):
                client.submit_async(large.slug, **payload_of(large))
            second.download(interval=0.0)
        contents = journal.read()
        assert contents.open == (first.handle,)
        assert contents.ended == (second.handle,)
        (doubt,) = contents.in_doubt
        assert doubt.slug == large.slug and "AmbiguousOutcome" in (doubt.why or "")
        with mock.client(options=RequestOptions(journal=journal.path)) as client:
            client.resume(contents.open[0]).wait(interval=0.0)
        journal.forget(doubt)
        journal.forget(second.handle)
        assert journal.read() == ((), (first.handle,), (), 0)

    @pytest.mark.parametrize("length", range(1, 40, 3))
    def test_an_incomplete_last_line_loses_nothing_else(self, tmp_path: Path, length: int, handle: JobHandle) -> None:
        journal = Journal(tmp_path / "jobs.jsonl")
        entry = {"event": "accepted", "call": "a", "at": 1.0, "handle": handle._asdict()}
        journal.append(entry)
        with Path(journal.path).open("ab") as file:
            file.write(json.dumps(entry).encode()[:length])
        journal.append({**entry, "handle": {**handle._asdict(), "request_id": "r2"}})
        contents = journal.read()
        assert [each.request_id for each in contents.open] == ["r1", "r2"]
        assert contents.unreadable == 1

    @pytest.mark.parametrize(
        "line",
        [
            "5",
            "[]",
            "{}",
            "null",
            '"x"',
            '{"event": "newer"}',
            '{"event": "accepted", "call": "a", "handle": {}}',
            "[" * 9**5,
        ],
        ids=lambda line: line[:40],
    )
    def test_invalid_lines_are_counted(self, tmp_path: Path, line: str) -> None:
        (tmp_path / "j").write_text(f"\n{line}\n\x00\xff\n\n", encoding="latin-1")
        assert Journal(tmp_path / "j").read().unreadable == 2

    def test_many_processes_write_one_journal(self, tmp_path: Path) -> None:
        path = tmp_path / "jobs.jsonl"
        code = (
            "import sys; from segmind_client import Journal, JobHandle\n"
            "journal = Journal(sys.argv[1])\n"
            "for n in range(50):\n"
            "    name = f'{sys.argv[2]}-{n}'\n"
            "    handle = JobHandle('m', name, 'u' * 300, 'v')._asdict()\n"
            "    journal.append({'event': 'accepted', 'call': name, 'at': 0, 'handle': handle})\n"
        )
        writers = [subprocess.Popen([sys.executable, "-c", code, str(path), str(number)]) for number in range(3)]
        entry = {"event": "sending", "at": 0, "slug": "m", "path": "/", "sha256": ""}
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda n: Journal(path).append({**entry, "call": str(n)}), range(100)))
        assert [writer.wait(LIMIT_S) for writer in writers] == [0, 0, 0]
        contents = Journal(path).read()
        assert (len(contents.open), len(contents.in_doubt), contents.unreadable) == (150, 100, 0)

    def test_the_journal_is_private(self, tmp_path: Path) -> None:
        Journal(tmp_path / "j").append({})
        assert (tmp_path / "j").stat().st_mode & 0o077 == 0

    def test_an_unwritable_journal_stops_the_call_before_sending(
        self, mock: MockServer, large: Model, payload_of: Payload, tmp_path: Path
    ) -> None:
        with mock.client(options=RequestOptions(journal=tmp_path / "none" / "j")) as client, pytest.raises(OSError):
            client.submit_async(large.slug, **payload_of(large))
        assert mock.journal("POST") == []

    def test_a_journal_that_becomes_unwritable_loses_no_job(
        self, mock: MockServer, large: Model, payload_of: Payload, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        class Full(Journal):
            def append(self, entry: dict[str, object]) -> None:
                if entry["event"] == "accepted":
                    raise OSError(28, "No space left on device")
                super().append(entry)

        with mock.client(options=RequestOptions(journal=Full(tmp_path / "j"))) as client:
            job = client.submit_async(large.slug, **payload_of(large))
        assert job.request_id
        (record,) = [each for each in caplog.records if each.levelname == "ERROR"]
        assert "No space left" in record.getMessage() and job.request_id in record.getMessage()


class TestADeathAtEachPoint:
    """kill -9 at any moment: each billed request is an open job or a call in doubt."""

    @pytest.mark.parametrize(
        ("place", "billed", "jobs", "doubts"),
        [
            ("before it is noted", 0, 0, 0),
            ("when it was sent", 0, 0, 1),
            ("when the answer came", 1, 0, 1),
            ("before the job is noted", 1, 0, 1),
            ("while it waits", 1, 1, 0),
        ],
    )
    def test_a_process_killed_at_any_point(
        self, mock: MockServer, tmp_path: Path, place: str, billed: int, jobs: int, doubts: int
    ) -> None:
        path = tmp_path / "jobs.jsonl"
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "SEGMIND_BASE_URL": mock.url,
            "SEGMIND_API_KEY": mock.key,
        }
        done = subprocess.run([sys.executable, "-c", DRAWING, place, str(path), ""], env=environment, check=False)
        assert done.returncode == -signal.SIGKILL
        assert sum(entry["charged"] > 0 for entry in mock.journal("POST")) == billed
        contents = Journal(path).read()
        assert (len(contents.open), len(contents.in_doubt), contents.unreadable) == (jobs, doubts, 0)
        with mock.client() as client:
            for handle in contents.open:
                assert client.resume(handle).download(interval=0.0).width
        assert all(doubt.slug == SLUG and doubt.sha256 for doubt in contents.in_doubt)
        text = path.read_text() if path.exists() else ""
        assert mock.key not in text and "secret lighthouse" not in text
