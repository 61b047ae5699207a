"""The pictures are what was asked for, to the pixel and to the byte."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from io import BytesIO
from typing import Any

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from segmind_mock import Pace
from segmind_mock.api.generation_request import GenerationRequest, read_generation_request
from segmind_mock.media import shapes
from segmind_mock.media.caption import legible
from segmind_mock.media.file_cache import PixelGate
from segmind_mock.media.landscapes import draw
from segmind_mock.media.rendering import render_image
from segmind_mock.spec.catalog import find
from segmind_mock.spec.facts import Model
from tests.mock.conftest import MakeMock, MockCaller, PayloadOf, sync_path


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


@pytest.mark.parametrize("size", [(64, 64), (2048, 64), (64, 1000), (300, 257), (777, 1031)])
@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_format_and_size_are_as_asked(
    mock: MockCaller, large: Model, payload: PayloadOf, form: str, size: tuple[int, int]
) -> None:
    wanted = {**payload(large), "image_format": form, "width": size[0], "height": size[1]}
    answer = mock.post(sync_path(large), wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == f"image/{form}"
    image = opened(answer.content)
    assert (image.format, image.size) == (form.upper(), size)
    assert len(set(image.convert("RGB").resize((16, 16)).get_flattened_data())) > 4, "a picture has colours"


def test_quality_decides_the_size_in_bytes(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    wanted = {**payload(large), "width": 512, "height": 512, "seed": 7}
    sizes = [len(mock.post(sync_path(large), {**wanted, "image_quality": q}).content) for q in (10, 60, 100)]
    assert sizes == sorted(sizes)
    assert sizes[0] * 3 < sizes[2]


def test_a_named_size_wins_over_width_and_height(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    sizes = large.output.sizes
    assert sizes, "the spec knows what the names mean"
    for name in list(sizes)[:3]:
        answer = mock.post(sync_path(large), {**payload(large), "aspect_ratio": name})
        assert opened(answer.content).size == tuple(sizes[name])


def test_each_model_draws_its_own_example(mock: MockCaller, model: Model) -> None:
    answer = mock.post(sync_path(model), dict(model.example))
    assert answer.status_code == 200, answer.text
    order = read_generation_request(model, model.example)
    assert opened(answer.content).size == (order.width, order.height)
    assert answer.headers["x-seed-value"] == str(model.example["seed"])


def test_the_same_request_gives_the_same_bytes_in_any_mock_and_order(
    make_mock: MakeMock, model: Model, payload: PayloadOf
) -> None:
    wanted = payload(model)
    turned = dict(reversed(list(wanted.items())))
    answers = [make_mock().post(sync_path(model), body).content for body in (wanted, turned)]
    assert answers[0] == answers[1]
    assert answers[0] != make_mock().post(sync_path(model), {**wanted, "prompt": "another"}).content


def test_the_seed_that_a_page_prints_is_used_only_where_it_is_sent(large: Model, payload: PayloadOf) -> None:
    seed = large.parameters["seed"]
    seed = seed._replace(schema={**seed.schema, "default": 42})
    printed = large._replace(parameters={**large.parameters, "seed": seed})
    left_out = {name: value for name, value in payload(large).items() if name != "seed"}
    assert (
        read_generation_request(printed, left_out).seed
        != 42
        == read_generation_request(printed, {**left_out, "seed": 42}).seed
    )


@pytest.mark.parametrize("seed", [-1, None])
def test_a_seed_that_is_left_to_the_server_is_picked_and_reported(
    mock: MockCaller, model: Model, payload: PayloadOf, seed: int | None
) -> None:
    wanted = payload(model)
    wanted.pop("seed", None)
    if seed is not None:
        wanted["seed"] = seed
        if model.validate(wanted):  # a page may leave -1 out of its range
            assert mock.post(sync_path(model), wanted).status_code == 400
            return
    first = mock.post(sync_path(model), wanted)
    again = mock.post(sync_path(model), wanted)
    picked = int(first.headers["x-seed-value"])
    assert picked >= 0
    assert picked != model.parameters["seed"].default
    assert (again.headers["x-seed-value"], again.content) == (str(picked), first.content)


def test_a_number_is_the_same_however_it_is_spelt(mock: MockCaller, large: Model, payload: PayloadOf) -> None:
    number = next(name for name, parameter in large.parameters.items() if parameter.type == "number")
    one, other, third = (
        mock.post(sync_path(large), payload(large) | {number: value}).content for value in (7, 7.0, 7.5)
    )
    assert one == other != third


def test_base64_in_json_is_the_same_image(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    plain = mock.post(sync_path(model), payload(model) | {"base64": False})
    body = mock.post(sync_path(model), payload(model) | {"base64": True}).json()
    assert body["status"] == "Success"
    assert b64decode(body["image"], validate=True) == plain.content


def test_several_images_of_a_call_differ(mock: MockCaller, model: Model, payload: PayloadOf) -> None:
    wanted = payload(model) | {"base64": True, model.output.count: 3}
    pictures = [b64decode(text) for text in mock.post(sync_path(model), wanted).json()["image"]]
    assert len(set(pictures)) == 3
    assert len({opened(picture).size for picture in pictures}) == 1
    alone = mock.post(sync_path(model), wanted | {"base64": False})
    assert alone.content == pictures[0]
    assert "many-bytes=inferred" in alone.headers["x-mock-basis"]


def test_a_job_has_urls_of_the_same_images(make_mock: MakeMock, model: Model, payload: PayloadOf) -> None:
    mock = make_mock(pace=Pace("instant"))
    assert model.output.count is not None
    count: dict[str, Any] = {model.output.count: 2}
    job = mock.submit(model, **count)
    result = mock.get(job["response_url"]).json()
    assert result["output"] == [image["url"] for image in result["images"]]
    sync = mock.post(sync_path(model), payload(model) | count | {"base64": True}).json()["image"]
    for image, text in zip(result["images"], sync, strict=True):
        assert image["url"].startswith("http://mock/")
        fetched = mock.get(image["url"], key=None)
        assert fetched.headers["content-type"] == image["content_type"]
        assert len(fetched.content) == image["file_size"]
        assert fetched.content == b64decode(text)
    one = mock.get(mock.submit(model)["response_url"]).json()
    assert one["output"] == one["images"][0]["url"]
    assert one["metrics"]["inference_time"] > 0
    for wrong in ("2.jpeg", "0.gif", "00.jpeg", "..%2f0.jpeg", "0.jpeg%00"):
        assert mock.get(result["output"][0].rpartition("/")[0] + "/" + wrong, key=None).status_code == 404


@pytest.mark.parametrize("form", ["jpeg", "png", "webp"])
def test_an_image_file_names_its_request(large: Model, payload: PayloadOf, form: str) -> None:
    order = read_generation_request(large, payload(large) | {"image_format": form, "seed": 41})
    image = opened(render_image(order, 1))
    said = {"jpeg": image.info.get("comment"), "png": image.info.get("Comment"), "webp": image.getexif().get(0x010E)}
    facts = json.loads(said[form] or "{}")
    assert facts == {"slug": large.slug, "seed": 42, "request": order.digest, "picture": 1}


@pytest.mark.parametrize("size", [(1, 1), (1, 700), (513, 1), (511, 64), (1025, 300)])
def test_every_scene_is_drawn_at_any_size(size: tuple[int, int]) -> None:
    for seed in range(20):
        image = draw(*size, palette=seed, seed=seed)
        assert image.size == size
        assert image.tobytes() == draw(*size, palette=seed, seed=seed).tobytes()


def test_the_pieces_that_land_is_painted_in_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(10):
        monkeypatch.setattr(shapes, "_PIECE", 64)
        pieces = draw(600, 400, 3, seed)
        monkeypatch.setattr(shapes, "_PIECE", 600)
        whole = draw(600, 400, 3, seed)
        # Pillow rounds the odd crossing of an edge and a row the other way, which changes single pixels.
        same = ImageChops.difference(pieces, whole).convert("L").histogram()[0]
        assert 600 * 400 - same <= 6, f"seed {seed}"


@settings(max_examples=300)
@given(st.text(max_size=200))
def test_a_caption_is_one_line_of_plain_signs(text: str) -> None:
    shown = legible(text)
    assert all(sign in "·…" or " " <= sign <= "~" for sign in shown)
    assert shown == shown.strip()


def test_any_prompt_can_be_drawn(large: Model, payload: PayloadOf) -> None:
    for prompt in ("", "\x00\x1b]52;c;x\x07", "\ud800", "字" * 5000, "\u202e\u2066" * 99, "a" * 100_000):
        order = read_generation_request(large, payload(large) | {"prompt": prompt, "width": 256, "height": 256})
        assert opened(render_image(order, 0)).size == (256, 256)


def test_unvalidated_values_never_break_an_order() -> None:
    model = find("stable-diffusion-3.5-large-txt2img")
    assert model is not None
    wrongs: tuple[Any, ...] = (None, "x", True, -5, 10**30, 1.5, [], {}, float("nan"))
    for wrong in wrongs:
        order = read_generation_request(model, dict.fromkeys(model.parameters, wrong))
        assert isinstance(order, GenerationRequest)
        assert order.format in ("jpeg", "png", "webp")
        assert 1 <= order.width <= 16_384


def test_image_files_that_are_asked_for_together_are_drawn_once(
    mock: MockCaller, large: Model, payload: PayloadOf
) -> None:
    from segmind_mock.media import rendering

    drawn: list[int] = []
    real = rendering.render_image

    def counted(order: GenerationRequest, number: int) -> bytes:
        drawn.append(number)
        return real(order, number)

    async def many() -> list[httpx2.Response]:
        calls = (mock.client.post(sync_path(large), json=payload(large), headers={"x-api-key": "k"}) for _ in range(20))
        return await asyncio.gather(*calls)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rendering, "render_image", counted)
        answers = mock.run(many())
    assert {answer.status_code for answer in answers} == {200}
    assert drawn == [0]


def test_the_cache_of_files_is_bounded(make_mock: MakeMock, large: Model, payload: PayloadOf) -> None:
    mock = make_mock(cache_bytes=20_000)
    for seed in range(30):
        assert mock.post(sync_path(large), payload(large) | {"seed": seed}).status_code == 200
    kept = mock.app.mock.files._cached
    assert 0 < sum(map(len, kept.values())) <= 20_000


def test_images_wait_while_too_many_pixels_are_drawn() -> None:
    async def play() -> list[str]:
        gate, log = PixelGate(10), list[str]()

        async def work(name: str, pixels: int) -> None:
            await gate.enter(pixels)
            log.append(f"+{name}")
            await asyncio.sleep(0)
            log.append(f"-{name}")
            gate.leave(pixels)

        await asyncio.gather(work("a", 6), work("b", 4), work("c", 1), work("huge", 99), work("d", 1))
        return log

    log = asyncio.run(play())
    assert log.index("+c") > log.index("-a"), "a and b fill the gate"
    alone = log.index("+huge")
    assert log[alone + 1] == "-huge", "what is larger than the gate goes alone"
    assert log[-1] == "-d"
