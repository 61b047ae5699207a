"""The result of a call, for each medium: typed, with the measures of the file, in v1 and v2, blocking and with asyncio."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import pickle
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.media.conftest import order
from tests.media.fake_service import Service
from tests.media.lumen_client import LumenClient

CHATS: dict[str, dict[str, Any]] = {
    "openai": {
        "choices": [{"message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}],
        "usage": {"total_tokens": 9},
    },
    "openai-parts": {
        "choices": [{"message": {"content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo!"}]}}]
    },
    "anthropic": {
        "content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "Hello!"}],
        "stop_reason": "end_turn",
        "usage": {"output_tokens": 3},
    },
    "gemini": {
        "candidates": [{"content": {"parts": [{"text": "Hello!"}]}, "finishReason": "STOP"}],
        "usageMetadata": {"totalTokenCount": 4},
    },
}


def both(lumen: ModuleType, client: LumenClient, service: Service, model: str, **parameters: object) -> list[Any]:
    """Return the results of a model by v1 and v2, from the blocking and the asyncio client."""

    async def later() -> list[object]:
        async with lumen.AsyncLumenClient("key", service.url) as other:
            resource = getattr(other, model)
            job = await resource.submit(**parameters)
            done = await job.wait(interval=0.01)
            return [
                await resource.generate(**parameters),
                await job.download(interval=0.01),
                await other.download(done),
            ]

    resource = getattr(client, model)
    job = resource.submit(**parameters)
    done = job.wait(interval=0.01)
    assert type(done).__name__ == "JobResult" and done["status"] == "COMPLETED"
    first = [resource.generate(**parameters), job.download(interval=0.01), client.download(done)]
    return [*first, *asyncio.run(later())]


@pytest.mark.parametrize(
    ("model", "name", "kind", "measures"),
    [
        ("reel_1", "clip.mp4", "VideoResult", ("video/mp4", 64, 48, 1.0, "h264")),
        ("reel_1", "clip.webm", "VideoResult", ("video/webm", 64, 48, 1.008, "vp9")),
        ("sway", "clip.mov", "VideoResult", ("video/quicktime", 64, 48, 1.0, "mjpeg")),
        ("sway", "fragmented.mp4", "VideoResult", ("video/mp4", 64, 48, 1.0, "h264")),
    ],
)
def test_the_result_of_a_video_has_its_measures(
    lumen: ModuleType,
    client: LumenClient,
    service: Service,
    file: Callable[[str], bytes],
    model: str,
    name: str,
    kind: str,
    measures: tuple[object, ...],
) -> None:
    inputs = {"image": "https://host.invalid/a.png"} if model == "sway" else {}
    results = both(lumen, client, service, model, prompt=order(file=name), **inputs)
    # A job's result has the id of the job, whatever the server of its file sends.
    assert [result.request_id[0] for result in results] == ["q", "r", "r"] * 2
    for result in results:
        assert type(result) is getattr(lumen, kind) and result.problem is None
        assert (result.media_type, result.width, result.height, result.duration_s, result.codec) == measures
        assert result.content == file(name) and result.sha256 == hashlib.sha256(file(name)).hexdigest()
        assert result.remaining_credits == 9.5
        assert [each.media_type for each in result] == [measures[0]] and len(result) == 1
        assert pickle.loads(pickle.dumps(result)).content == file(name)


@pytest.mark.parametrize(
    ("model", "name", "measures"),
    [
        ("murmur", "tone.mp3", ("audio/mpeg", 1.0, 16000, 1, "mp3")),
        ("murmur", "tone.wav", ("audio/wav", 1.0, 2000, 1, "pcm")),
        ("hum_2", "opus.ogg", ("audio/ogg", 1.0, 48000, 1, "opus")),
        ("hum_2", "tone.flac", ("audio/flac", 0.12, 16000, 1, "flac")),
        ("hum_2", "tone.m4a", ("audio/mp4", 1.0, 16000, 1, "aac")),
    ],
)
def test_the_result_of_sound_has_its_measures(
    lumen: ModuleType,
    client: LumenClient,
    service: Service,
    file: Callable[[str], bytes],
    model: str,
    name: str,
    measures: tuple[object, ...],
) -> None:
    for result in both(lumen, client, service, model, prompt=order(file=name)):
        assert type(result) is lumen.AudioResult and result.content == file(name)
        found = result.media_type, result.duration_s, result.sample_rate, result.channels, result.codec
        assert found == measures


@pytest.mark.parametrize("model", ["clay", "relief"])
def test_the_result_of_a_3d_model_is_a_file(
    lumen: ModuleType, client: LumenClient, service: Service, file: Callable[[str], bytes], model: str, tmp_path: Path
) -> None:
    for number, result in enumerate(both(lumen, client, service, model, prompt=order(file="triangle.glb"))):
        assert type(result) is lumen.FileResult and result.media_type == "model/gltf-binary"
        assert result.save(tmp_path / f"{number}.glb") == [str(tmp_path / f"{number}.glb")]
        assert (tmp_path / f"{number}.glb").read_bytes() == file("triangle.glb")


def test_an_image_is_an_image_result(lumen: ModuleType, client: LumenClient, service: Service) -> None:
    for result in both(lumen, client, service, "plate", prompt=order(file="still.png")):
        assert type(result) is lumen.ImageResult and isinstance(result, lumen.FileResult)
        assert (result.images[0].width, result.height, result.media_type) == (64, 48, "image/png")


@pytest.mark.parametrize(("model", "shape"), [(model, shape) for model in ("quill_8b", "sage") for shape in CHATS])
@pytest.mark.parametrize("as_text", [True, False])
def test_text_in_any_format_of_a_chat(
    lumen: ModuleType, client: LumenClient, service: Service, model: str, shape: str, as_text: bool
) -> None:
    wanted = order(json=CHATS[shape], text=as_text)
    inputs = {"prompt": wanted} if model == "sage" else {"messages": [{"role": "user", "content": wanted}]}
    for result in both(lumen, client, service, model, **inputs):
        assert type(result) is lumen.TextResult and not isinstance(result, lumen.FileResult)
        assert (result.text, str(result), result.problem, result.data) == ("Hello!", "Hello!", None, CHATS[shape])
        assert result.usage == (CHATS[shape].get("usage") or CHATS[shape].get("usageMetadata") or {})
        assert result.finish_reason in ("stop", "end_turn", "STOP") or shape == "openai-parts"


def test_the_result_of_plain_text_has_the_text(lumen: ModuleType, client: LumenClient) -> None:
    result = client.sage.generate(prompt=order(body="Once upon a time", label="text/plain"))
    assert (type(result), result.text, result.data) == (lumen.TextResult, "Once upon a time", "Once upon a time")
    job = client.sage.submit(prompt=order(output="Once upon a time"))
    assert job.download(interval=0.01).text == "Once upon a time"


def test_json_without_a_text_is_handed_over(client: LumenClient) -> None:
    result = client.sage.generate(prompt=order(json={"story": "Once"}))
    assert (result.text, result.data) == ("", {"story": "Once"})
    assert "no text at" in result.problem and "an object with story" in result.problem


@pytest.mark.parametrize("model", ["vectors_3", "tagger"])
@pytest.mark.parametrize("as_text", [True, False])
def test_the_result_of_json_has_its_data(
    lumen: ModuleType, client: LumenClient, service: Service, model: str, as_text: bool
) -> None:
    data = {"data": [{"embedding": [0.1, 0.2]}]}
    for result in both(lumen, client, service, model, prompt=order(json=data, text=as_text)):
        assert type(result) is lumen.JsonResult and result.data == data


def test_a_result_of_several_files_can_be_iterated(
    client: LumenClient, file: Callable[[str], bytes], tmp_path: Path
) -> None:
    wanted = order(file="clip.mp4", several=2)
    for result in (client.reel_1.submit(prompt=wanted).download(interval=0.01),):
        assert len(result) == 2 and result[1].content == file("clip.mp4")
    wanted = order(file="clip.mp4", under="video", several=2)
    result = client.reel_1.generate(prompt=wanted, base64=True)
    assert result.save(tmp_path / "x.mp4") == [str(tmp_path / "x-1.mp4"), str(tmp_path / "x-2.mp4")]


def test_the_file_at_a_url_decides_the_kind_of_result(lumen: ModuleType, client: LumenClient, service: Service) -> None:
    kinds = {
        "clip.mp4": lumen.VideoResult,
        "tone.mp3": lumen.AudioResult,
        "still.png": lumen.ImageResult,
        "triangle.glb": lumen.FileResult,
    }
    for name, kind in kinds.items():
        (url,) = client.reel_1.submit(prompt=order(file=name)).wait(interval=0.01).urls
        assert type(client.download(url)) is kind


def test_the_functions_of_the_official_sdk(
    lumen: ModuleType, client: LumenClient, file: Callable[[str], bytes]
) -> None:
    assert client.run_sync("reel-1", prompt=order(file="clip.mp4")).content == file("clip.mp4")
    result = client.run("reel-1", prompt=order(file="clip.mp4"))
    assert result.output == result.urls[0] and type(client.download(result)) is lumen.VideoResult
    chat = client.run("sage", prompt=order(json=CHATS["openai"], text=True))
    assert isinstance(chat.output, str) and chat.urls == [] and client.download(chat).text == "Hello!"
    assert client.submit_async("murmur", prompt=order(file="tone.mp3")).download(interval=0.01).codec == "mp3"


def test_an_unknown_slug_gives_what_the_bytes_are(lumen: ModuleType, client: LumenClient) -> None:
    result = client.run("nobody-knows", prompt=order(file="clip.mp4"))
    assert type(client.download(result)) is lumen.VideoResult


def test_media_files_can_be_parameters(
    lumen: ModuleType, client: LumenClient, service: Service, file: Callable[[str], bytes], tmp_path: Path
) -> None:
    (tmp_path / "in.wav").write_bytes(file("tone.wav"))
    wanted = order(file="tone.mp3")
    encoded = base64.b64encode(file("tone.wav")).decode()
    with (tmp_path / "in.wav").open("rb") as open_file:
        for value in (tmp_path / "in.wav", file("tone.wav"), open_file, encoded):
            assert client.hum_2.generate(prompt=wanted, audio=value).codec == "mp3"
    with pytest.raises(lumen.ValidationError, match="image/png, not sound"):
        client.hum_2.generate(prompt=wanted, audio=file("still.png"))
    with pytest.raises(lumen.ValidationError, match="cut short"):
        client.hum_2.generate(prompt=wanted, audio=file("tone.wav")[:-9])
    with pytest.raises(lumen.ValidationError, match="video/mp4, not an image"):
        client.sway.generate(prompt=wanted, image=file("clip.mp4"))


def test_nested_messages_are_checked(lumen: ModuleType, client: LumenClient) -> None:
    with pytest.raises(lumen.ValidationError, match="messages/0/role"):
        client.quill_8b.generate(messages=[{"role": "owner", "content": "x"}])
    parts = [{"type": "text", "text": order(json=CHATS["openai"])}]
    assert client.quill_8b.generate(messages=[{"role": "user", "content": parts}]).text == "Hello!"
