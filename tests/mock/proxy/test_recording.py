"""Recordings: what is written, that nothing secret and nothing half is, and that it is served again as it came."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx2
import pytest
import segmind
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from PIL import Image

from segmind_client import SegmindClient
from segmind_mock import Clock, Settings, serving
from segmind_mock.api.exchange import Mock
from segmind_mock.checks.observed_exchange import NOT_JSON, read_json
from segmind_mock.proxy.proxy import ProxySettings
from segmind_mock.proxy.recording import MARKER, PLACEHOLDER, Recorder, blot, canonical
from segmind_mock.proxy.replay import RecordingError, Replay, differences, read_recording, unpack
from segmind_mock.proxy.rewriting import blot_query
from segmind_mock.proxy.upstream import Reply
from segmind_mock.server.app import App
from segmind_mock.server.asgi import Request
from segmind_mock.server.cli import main
from segmind_mock.server.proxy_options import finish, proxy_app
from segmind_mock.spec.catalog import SLUGS, find
from segmind_mock.spec.facts import Model
from segmind_mock.state.redaction import SECRET_HEADERS, Redactor, identity, label
from tests.mock.conftest import PayloadOf, submit_path, sync_path
from tests.waiting import LIMIT_S, killed_at_the_end

SECRET = "SG_the-real-key-0123456789"
CALLER = "caller-key-9876543210"
ORIGIN = "https://api.example"
#: The origin of both the proxy and the replay, so that their answers are the same to the byte.
PUBLIC = "http://mock.example"


@contextmanager
def recording(folder: Path) -> Iterator[httpx2.Client]:
    with serving() as real:
        app = proxy_app(ProxySettings(real.url, SECRET, 100), Settings(public_url=PUBLIC), str(folder))
        with serving(app=app) as proxy, httpx2.Client(base_url=proxy.url, headers={"x-api-key": CALLER}) as client:
            yield client


@contextmanager
def replaying(folder: Path, public: str | None = PUBLIC, key: str = CALLER) -> Iterator[httpx2.Client]:
    app = App(Mock(Settings(public_url=public), Clock()), Replay(str(folder)))
    with serving(app=app) as mock, httpx2.Client(base_url=mock.url, headers={"x-api-key": key}) as client:
        yield client


def talk(client: httpx2.Client, payload: PayloadOf) -> list[tuple[int, bytes, list[tuple[str, str]]]]:
    """Everything a client may ask, and what came."""
    answers: list[httpx2.Response] = []
    for slug in SLUGS:
        model = find(slug)
        assert model is not None and model.sync is not None and model.submit is not None
        for base64 in (False, True):
            asked = payload(model) | ({model.output.base64: base64} if model.output.base64 else {})
            answers.append(client.post(sync_path(model), json=asked))
        answers.append(client.post(sync_path(model), json={**asked, "seed": 5}))
        job = client.post(submit_path(model), json=asked)
        answers.append(job)
        path = f"/v2/requests/{job.json()['request_id']}"
        answers += [client.get(path + end) for end in ("/status", "/status", "", "/status", "", "/status")]
        output = answers[-2].json()["output"]
        answers.append(client.get((output if isinstance(output, str) else output[0]).removeprefix(PUBLIC)))
    answers.append(client.get("/v2/requests/unknown/status"))
    kept = ("date", "x-mock-source", "x-mock-drift", "x-mock-findings", "content-length")
    return [
        (
            answer.status_code,
            answer.content,
            sorted((name, value) for name, value in answer.headers.items() if name not in kept),
        )
        for answer in answers
    ]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    """A recording, and the answers that are in it."""
    from tests.mock.conftest import payload_of

    folder = tmp_path_factory.mktemp("recording") / "kept"
    with recording(folder) as client:
        answers = talk(client, payload_of)
    return folder, answers


@pytest.fixture
def copy(made: tuple[Path, list[object]], tmp_path: Path) -> Path:
    """The recording, to be damaged."""
    return Path(shutil.copytree(made[0], tmp_path / "copy"))


def exchanges(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.json") if path.name != MARKER)


def test_what_is_replayed_is_what_came(made: tuple[Path, list[object]], payload: PayloadOf) -> None:
    folder, answers = made
    for key in (CALLER, "another-key-altogether"):
        with replaying(folder, key=key) as client:
            assert talk(client, payload) == answers


def test_a_recording_is_made_to_be_read(made: tuple[Path, list[object]]) -> None:
    folder, answers = made
    files = exchanges(folder)
    assert len(files) == len(answers)
    assert files[0].name == f"0001-post-v1-{SLUGS[0]}.json"
    text = files[0].read_text()
    assert text.count("\n") > 20 and max(map(len, text.splitlines())) < 2000
    first = json.loads(text)
    assert first["request"]["headers"]["x-api-key"] == label(identity(CALLER))
    assert first["findings"] == []
    for path in files:
        assert "127.0.0.1" not in path.read_text() and PUBLIC not in path.read_text()
    assert any(PLACEHOLDER in path.read_text() for path in files)
    pictures = list((folder / "pictures").iterdir())
    assert len(pictures) == 2 * len(SLUGS), "one for each seed, however often it came, as bytes or as base64"
    for path in pictures:
        assert path.name == f"{sha256(path.read_bytes()).hexdigest()}.jpeg"


def test_no_key_is_in_a_recording(made: tuple[Path, list[object]]) -> None:
    for path in made[0].rglob("*"):
        if path.is_file():
            assert not re.search(rf"{SECRET}|{CALLER}".encode(), path.read_bytes() + str(path).encode())


def test_the_clients_work_on_a_replay(tmp_path: Path, large: Model, payload: PayloadOf) -> None:
    def use(url: str) -> list[object]:
        with SegmindClient(api_key=CALLER, base_url=url) as client:
            job = client.tinysd1_5_txt2img.submit(prompt="a", seed=3)
            done = job.wait(timeout=60, interval=0.01)
            got = [done["status"], client.download(done).sha256]
        sdk = segmind.SegmindClient(api_key=CALLER, base_url=url + "/v1")
        with sdk._client:
            got.append(sdk.submit_async(large.slug, **payload(large)).wait(timeout=60, interval=0.01)["status"])
            got.append(sha256(sdk.run_sync(large.slug, **payload(large)).content).hexdigest())
        return got

    folder = tmp_path / "kept"
    with serving() as real:
        app = proxy_app(ProxySettings(real.url, SECRET, 9), Settings(), str(folder))
        with serving(app=app) as proxy:
            live = use(proxy.url)
    with replaying(folder, public=None) as client:
        assert use(str(client.base_url).rstrip("/")) == live


def test_polls_come_in_their_order_for_each_key_and_the_last_one_stays(
    made: tuple[Path, list[object]], payload: PayloadOf
) -> None:
    model = find(SLUGS[0])
    assert model is not None and model.submit is not None
    asked = payload(model) | {"base64": True}
    with replaying(made[0]) as client:
        for key in ("key-of-one", "key-of-two"):
            headers = {"x-api-key": key}
            job = client.post(submit_path(model), json=asked, headers=headers).json()
            path = f"/v2/requests/{job['request_id']}/status"
            states = [client.get(path, headers=headers).json()["status"] for _ in range(6)]
            assert states == ["QUEUED", "PROCESSING", "COMPLETED", "COMPLETED", "COMPLETED", "COMPLETED"]


def test_json_is_matched_by_what_it_says(made: tuple[Path, list[object]], payload: PayloadOf) -> None:
    model = find(SLUGS[0])
    assert model is not None and model.sync is not None
    asked = payload(model) | {"base64": False}
    turned = dict(reversed(list(asked.items())))
    with replaying(made[0]) as client:
        answer = client.post(sync_path(model), content=json.dumps(turned, indent=4))
        assert (answer.status_code, answer.headers["x-mock-source"]) == (200, "recording")


def test_what_was_not_recorded_is_404_with_the_nearest(made: tuple[Path, list[object]], payload: PayloadOf) -> None:
    model = find(SLUGS[0])
    assert model is not None and model.sync is not None
    asked = payload(model) | {"base64": False, "num_inference_steps": 77}
    with replaying(made[0]) as client:
        answer = client.post(sync_path(model), json=asked)
        said = answer.json()
        assert answer.status_code == 404
        assert said["differs"] == [f"num_inference_steps 77, recorded {model.example['num_inference_steps']}"]
        assert said["nearest"]["file"] == f"0001-post-v1-{SLUGS[0]}.json"
        assert said["nearest"]["file"] in said["error"] and "num_inference_steps" in said["error"]
        assert client.get("/__mock/requests").json()["requests"][-1]["refused"] == said["error"]
        assert "method DELETE" in client.delete(sync_path(model)).json()["differs"][0]
        assert client.post(sync_path(model) + "x", json=asked).json()["nearest"]["path"] == sync_path(model)
        assert "query a=1" in client.get("/v2/requests/unknown/status?a=1").json()["differs"][0]
        assert client.post(sync_path(model), content=b"\xff{").status_code == 404
        assert client.post(sync_path(model), json={"prompt": CALLER}).text.count(CALLER) == 0


def test_a_replay_wants_a_key_and_plays_no_scenarios(made: tuple[Path, list[object]]) -> None:
    with replaying(made[0]) as client:
        assert httpx2.get(f"{client.base_url}/v2/requests/unknown/status").status_code == 401
        assert client.get("/v2/requests/unknown/status", headers={"x-mock-scenario": "stuck"}).status_code == 400


# Damage.


def break_json(folder: Path) -> Path:
    path = exchanges(folder)[0]
    path.write_text(path.read_text()[:-20])
    return path


def change(**to: object) -> Callable[[Path], Path]:
    def damage(folder: Path) -> Path:
        path = exchanges(folder)[0]
        content = json.loads(path.read_text())
        for where, value in to.items():
            *way, last = where.split("__")
            inner = content
            for name in way:
                inner = inner[name]
            if value is None:
                del inner[last]
            else:
                inner[last] = value
        path.write_text(json.dumps(content))
        return path

    return damage


def foreign(folder: Path) -> Path:
    path = folder / "notes.txt"
    path.write_text("hello")
    return path


def no_picture(folder: Path) -> Path:
    path = next((folder / "pictures").iterdir())
    path.unlink()
    return path


def other_picture(folder: Path) -> Path:
    path = next((folder / "pictures").iterdir())
    path.write_bytes(b"other")
    return path


def linked_picture(folder: Path) -> Path:
    path = next((folder / "pictures").iterdir())
    elsewhere = folder.parent / "elsewhere"
    path.rename(elsewhere)
    path.symlink_to(elsewhere)
    return path


def piped(folder: Path) -> Path:
    path = exchanges(folder)[0]
    path.unlink()
    os.mkfifo(path)
    return path


def twice(folder: Path) -> Path:
    first = exchanges(folder)[0]
    path = folder / "0099-again.json"
    shutil.copy(first, path)
    return path


def no_marker(folder: Path) -> Path:
    (folder / MARKER).unlink()
    return folder


def other_marker(folder: Path) -> Path:
    path = folder / MARKER
    path.write_text('{"format": "segmind-mock recording", "version": 99}')
    return path


DAMAGES: list[Callable[[Path], Path]] = [
    break_json,
    change(number=None),
    change(number="1"),
    change(request=None),
    change(request="x"),
    change(request__body={"surprise": 1}),
    change(answer__status=99),
    change(answer__status=True),
    change(answer__headers={"bad\r\nname": "x"}),
    change(answer__headers={"x": 1}),
    change(answer__headers=[]),
    change(answer__body={"json": {}, "layout": "odd"}),
    change(answer__body={"text": 5}),
    foreign,
    no_picture,
    other_picture,
    linked_picture,
    piped,
    twice,
    no_marker,
    other_marker,
]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__qualname__)
def test_a_damaged_recording_is_one_line_that_names_the_file(
    copy: Path, damage: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = damage(copy)
    with pytest.raises(RecordingError):
        read_recording(str(copy))
    assert main(["--port", "0", "--replay", str(copy)]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and str(path) in err


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "pictures/../../secret",
        "/etc/hostname",
        "pictures/" + "0" * 64 + ".jpeg/../../../secret",
        f"pictures/{sha256(b'secret').hexdigest()}./../../../secret",
        "pictures\\x",
        "",
        5,
    ],
)
@pytest.mark.parametrize("shape", ["file", "$base64"])
def test_no_path_leads_out_of_a_recording(copy: Path, name: object, shape: str) -> None:
    (copy.parent / "secret").write_text("secret")
    (copy / "pictures" / f"{sha256(b'secret').hexdigest()}.").mkdir()
    body = {"file": name} if shape == "file" else {"json": {"image": {"$base64": name}}, "layout": "compact"}
    change(answer__body=body)(copy)
    with pytest.raises(RecordingError):
        read_recording(str(copy))


def test_a_file_that_was_being_written_is_no_part_of_it(copy: Path) -> None:
    (copy / ".0123.part").write_text("{")
    assert len(read_recording(str(copy))) == len(exchanges(copy))


def test_a_recording_that_changes_while_it_is_served(copy: Path, payload: PayloadOf) -> None:
    model = find(SLUGS[0])
    assert model is not None and model.sync is not None
    with replaying(copy) as client:
        shutil.rmtree(copy / "pictures")
        answer = client.post(sync_path(model), json=payload(model) | {"base64": False})
        assert (answer.status_code, "changed since the start" in answer.text) == (500, True)


# Writing.


def request(path: str = "/v1/x", body: bytes = b"", **headers: str) -> Request:
    names = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    return Request("POST", path, "", names, body, "http://127.0.0.1:8787")


def kept(folder: Path, asked: Request, reply: Reply, key: str | None = CALLER) -> dict[str, Any]:
    redactor = Redactor()
    redactor.pin(SECRET)
    recorder = Recorder(str(folder), (ORIGIN,), redactor)
    recorder.keep(recorder.number(), asked, reply, key, [])
    assert (recorder.kept, recorder.lost) == (1, 0)
    content: dict[str, Any] = json.loads(exchanges(folder)[0].read_text())
    return content


def test_nothing_is_recorded_over_anything(tmp_path: Path) -> None:
    Recorder(str(tmp_path / "a" / "b"), (ORIGIN,), Redactor())
    with pytest.raises(ValueError, match="not empty"):
        Recorder(str(tmp_path / "a" / "b"), (ORIGIN,), Redactor())
    with pytest.raises(ValueError, match="not empty"):
        Recorder(str(tmp_path), (ORIGIN,), Redactor())
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError):
        Recorder(str(tmp_path / "file"), (ORIGIN,), Redactor())


def test_recordings_that_start_together_do_not_share_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    won: list[int] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait(LIMIT_S)
        try:
            Recorder(str(folder), (ORIGIN,), Redactor())
        except (ValueError, OSError):
            return
        won.append(1)

    threads = [threading.Thread(target=start, daemon=True) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LIMIT_S)
    assert won == [1]


def test_secrets_are_known_by_their_names_too(tmp_path: Path) -> None:
    assert len(SECRET_HEADERS) >= 8
    secrets = dict.fromkeys((name.replace("-", "_") for name in SECRET_HEADERS), "hidden-value-1")
    body = {"prompt": f"{CALLER} {SECRET}", "api_key": "hidden-value-2", "deep": [{"accessToken": "hidden-value-3"}]}
    body["url"] = "https://cdn.example/x?X-Amz-Signature=hidden-value-4&w=1"
    answer = {**body, "output": "https://cdn.example/y?sig=hidden-value-5"}
    headers = [("set-cookie", "hidden-value-6"), ("x-echo", f"{SECRET} {CALLER}"), ("content-type", "application/json")]
    content = kept(
        tmp_path / "kept",
        request(f"/v1/{CALLER}", json.dumps(body, indent=1).encode(), **secrets),
        Reply(200, headers, json.dumps(answer).encode()),
    )
    text = json.dumps(content) + str(exchanges(tmp_path / "kept"))
    assert not re.search(rf"hidden-value|{CALLER}|{SECRET}", text)
    assert "w=1" in text and label(identity(SECRET)) in text
    assert content["request"]["headers"]["cookie"] == "redacted"


@pytest.mark.parametrize(
    "path",
    [
        "/../../etc/passwd",
        "/v1/..%2f..%2fx",
        "/" + "a" * 5000,
        "/\0\n\r",
        "/" + "é" * 300,
        "/CON",
        "/v1/x;rm -rf",
        "//",
        "/.",
    ],
)
def test_a_path_never_leaves_the_folder(tmp_path: Path, path: str) -> None:
    folder = tmp_path / "kept"
    content = kept(folder, request(path), Reply(200, [], b"x"))
    assert content["request"]["path"] == path
    (name,) = [path.name for path in exchanges(folder)]
    assert re.fullmatch(r"0001-[a-z0-9.-]{1,85}\.json", name) and ".." not in name
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["kept"]
    assert len(read_recording(str(folder))) == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
bodies = st.binary(max_size=200) | st.builds(
    lambda value, ascii, indent: json.dumps(value, ensure_ascii=ascii, indent=indent).encode("utf-8", "surrogatepass"),
    json_values,
    st.booleans(),
    st.none() | st.just(2),
)


@settings(max_examples=60)
@given(bodies)
@example(b'{"TOKEN":true}')
@example(b'{"password": ""}')
@example(b'{"max_tokens":5,"b":"https://x.example/?a=1"}')
def test_any_body_without_a_secret_comes_back_to_the_byte(
    tmp_path_factory: pytest.TempPathFactory, body: bytes
) -> None:
    content = read_json(body)
    assume(content is NOT_JSON or blot(content) == content)
    folder = tmp_path_factory.mktemp("any")
    recorder = Recorder(str(folder / "kept"), (ORIGIN,), Redactor())
    recorder.keep(1, request(), Reply(200, [], body), None, [])
    assert recorder.kept == 1
    (recorded,) = read_recording(str(folder / "kept"))
    assert unpack(str(folder / "kept"), recorded.body) == body
    shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("body", "back"),
    [
        (b'{"TOKEN": "hidden-value"}', b'{"TOKEN": "redacted"}'),
        (b'{"token":471100}', b'{"token":"redacted"}'),
        (b'{"credential":{"user":"hidden-value"}}', b'{"credential":"redacted"}'),
        (b'{"a":[{"api_key":["hidden-value"],"token":true}]}', b'{"a":[{"api_key":"redacted","token":true}]}'),
        # Odd spaces can't be had again from JSON; the secret goes all the same.
        (b'{"token" : "hidden-value"}', b'{"token":"redacted"}'),
        # Readers of JSON take the second value, but the bytes hold the first, too.
        (b'{"token":"hidden-value","token":""}', b'{"token":""}'),
        (b'{"a":{"sig":"hidden-value"},"a":1}', b'{"a":1}'),
    ],
)
def test_a_body_with_a_secret_comes_back_without_it(tmp_path: Path, body: bytes, back: bytes) -> None:
    kept(tmp_path / "kept", request(), Reply(200, [], body))
    (recorded,) = read_recording(str(tmp_path / "kept"))
    assert unpack(str(tmp_path / "kept"), recorded.body) == back


def test_image_files_in_json_are_files(tmp_path: Path) -> None:
    out = BytesIO()
    Image.effect_noise((64, 64), 50).save(out, "webp")
    text = b64encode(out.getvalue()).decode()
    body = json.dumps({"image": [text, text], "more": {"deep": [text]}, "cut": text[:-20]}).encode()
    content = kept(tmp_path / "kept", request(), Reply(200, [("content-type", "application/json")], body))
    packed = content["answer"]["body"]["json"]
    assert packed["image"][0] == packed["more"]["deep"][0] and packed["image"][0]["$base64"].endswith(".webp")
    assert len(list((tmp_path / "kept" / "pictures").iterdir())) == 1
    (recorded,) = read_recording(str(tmp_path / "kept"))
    assert unpack(str(tmp_path / "kept"), recorded.body) == body


def test_an_answer_is_not_lost_with_its_recording(tmp_path: Path, payload: PayloadOf, large: Model) -> None:
    folder = tmp_path / "kept"
    with serving() as real:
        app = proxy_app(ProxySettings(real.url, SECRET, 9), Settings(), str(folder))
        with serving(app=app) as proxy:
            shutil.rmtree(folder)
            answer = httpx2.post(proxy.url + sync_path(large), json=payload(large), headers={"x-api-key": CALLER})
    assert answer.status_code == 200
    status, said = finish(app)
    assert status == 1 and "1 lost" in said


def test_a_recording_that_is_killed_leaves_whole_files_only(tmp_path: Path, payload: PayloadOf, large: Model) -> None:
    folder = tmp_path / "kept"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "SEGMIND_API_KEY": SECRET}
    with serving() as real:
        command = [sys.executable, "-m", "segmind_mock", "--port", "0", "--proxy", real.url]
        command += ["--max-paid-calls", "100000", "--record", str(folder)]
        with killed_at_the_end(
            subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        ) as process:
            assert process.stdout is not None
            url = process.stdout.readline().split()[-1]

            def ask(number: int) -> None:
                asked = payload(large) | {"base64": number % 2 == 0}
                with httpx2.Client(headers={"x-api-key": CALLER}) as client:
                    try:
                        for seed in range(10_000):
                            client.post(url + sync_path(large), json=asked | {"seed": seed * 10 + number})
                    except httpx2.HTTPError:
                        return

            threads = [threading.Thread(target=ask, args=(number,), daemon=True) for number in range(4)]
            for thread in threads:
                thread.start()
            while len(exchanges(folder)) < 30:
                assert process.poll() is None
            process.send_signal(signal.SIGKILL)
            for thread in threads:
                thread.join(LIMIT_S)
    found = read_recording(str(folder))
    assert len(found) >= 30
    for recorded in found:
        assert unpack(str(folder), recorded.body)


# The parts.


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'{"a": 1, "b": [1, 2]}', b'{"b":[1,2],"a":1}', True),
        (b'{"a": "\\u00e9"}', '{"a": "é"}'.encode(), True),
        (b'{"token": "x"}', b'{"token": "y"}', True),
        (b'{"a": 1}', b'{"a": true}', False),
        (b'{"a": 1}', b'{"a": "1"}', False),
        (b'{"a": 1}', b'{"a": 1.0}', False),
        (b"", b"{}", False),
        (b"x", b"x ", False),
    ],
)
def test_bodies_that_match_a_recording(one: bytes, other: bytes, same: bool) -> None:
    assert (canonical(one) == canonical(other)) is same


def test_redaction_keeps_what_is_no_secret() -> None:
    content = {"prompt": "a token", "max_tokens": 5, "password": "", "url": "https://x.example/?a=1&sig=2#f"}
    assert blot(content) == content | {"url": "https://x.example/?a=1&sig=redacted#f"}
    assert blot_query("https://x.example/?a=1") == "https://x.example/?a=1"


def test_differences_from_a_recording_are_listed() -> None:
    from segmind_mock.proxy.recording import RequestFingerprint

    asked = RequestFingerprint("POST", "/v1/x", "", '{"a":1,"b":2,"d":true}')
    recorded = RequestFingerprint("POST", "/v1/x", "q=1", '{"a":1,"b":3,"c":4,"d":1}')
    assert differences(asked, recorded) == [
        "query , recorded q=1",
        "b 2, recorded 3",
        "c missing, recorded 4",
        "d true, recorded 1",
    ]
    assert differences(asked, asked) == []


def test_the_services_key_is_never_forgotten() -> None:
    redactor = Redactor()
    redactor.pin(SECRET)
    for number in range(10_100):
        redactor.identify(f"key-{number:06}")
    redactor.identify(SECRET[:10])
    assert redactor.clean(f"a {SECRET} b") == f"a {label(identity(SECRET))} b"
    tricky = 'a"b\\c/d%e'
    redactor.pin(tricky)
    for spelling in (tricky, json.dumps(tricky)[1:-1], "a%22b%5Cc%2Fd%25e"):
        assert redactor.strip(f"<{spelling}>".encode()) == f"<{label(identity(tricky))}>".encode()
