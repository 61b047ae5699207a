"""The pictures can be told apart, and what is written on them can be read."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from itertools import combinations
from typing import Any, TypeAlias

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont, ImageStat

from segmind_mock.api.generation_request import GenerationRequest
from segmind_mock.media import landscapes
from segmind_mock.media.caption import _font as font_of
from segmind_mock.media.caption import compose, legible, wrap, write_caption
from segmind_mock.media.file_cache import FileCache
from segmind_mock.media.landscapes import draw
from segmind_mock.media.palettes import PALETTES
from segmind_mock.media.rendering import render_image
from tests.waiting import LIMIT_S

LONG = "A lighthouse in fog at dawn, oil on canvas, with gulls above the harbour and a pier that fades into the mist"


def order(prompt: str = LONG, **changes: Any) -> GenerationRequest:
    plain = GenerationRequest(
        "acme", "Acme Paint 3.5 Large Text to Image", prompt, 0, 7, 256, 256, 1, "jpeg", 95, False, "0" * 32, 1
    )
    return plain._replace(**changes)


def least_difference(pictures: list[Image.Image]) -> float:
    """Between the two that are most alike: the mean difference of their pixels, of 255."""
    thumbs = [picture.resize((24, 24)) for picture in pictures]
    return min(sum(ImageStat.Stat(ImageChops.difference(*pair)).mean) / 3 for pair in combinations(thumbs, 2))


def test_no_two_seeds_look_the_same() -> None:
    assert least_difference([draw(128, 128, 3, seed) for seed in range(200)]) > 4


def test_prompts_of_the_same_colours_give_other_scenes() -> None:
    assert least_difference([draw(128, 128, 3 + len(PALETTES) * prompt, 7) for prompt in range(60)]) > 4


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (16, 2048), (2048, 16), (3, 500), (500, 3)])
def test_extreme_shapes_are_drawn(size: tuple[int, int]) -> None:
    for seed in range(30):
        assert draw(*size, palette=seed, seed=seed).size == size


def test_land_leaves_no_gap_beneath_the_sky(monkeypatch: pytest.MonkeyPatch) -> None:
    # A colour that no palette has shows where nothing was painted over the bare canvas.
    bare = (255, 0, 255)
    real = Image.new

    def new(mode: str, size: tuple[int, int], color: Any = 0) -> Image.Image:
        return real(mode, size, bare if size == (301, 203) else color)

    monkeypatch.setattr(Image, "new", new)
    for seed in range(150):
        colours = draw(301, 203, seed, seed).getcolors(301 * 203)
        assert colours is not None
        assert bare not in {colour for _, colour in colours}, f"seed {seed}"


def test_another_process_draws_the_same() -> None:
    code = "from segmind_mock.media.landscapes import draw; from zlib import crc32; print(crc32(draw(200, 150, 5, 9).tobytes()))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; {code}"],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


#: The box of a text, and its colour.
Written: TypeAlias = tuple[tuple[float, float, float, float], tuple[int, ...]]


def luminance(colour: tuple[int, ...] | float) -> float:
    """Contrast as defined by WCAG."""
    assert isinstance(colour, tuple)
    parts = [(part / 255 / 12.92) if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("size", [(256, 256), (256, 1024), (384, 256), (768, 512)])
def test_captions_stand_out_from_every_scene(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    scenes = landscapes._COMPOSITIONS
    for palette in range(len(PALETTES)):
        for scene in (*scenes, None):
            monkeypatch.setattr(landscapes, "_COMPOSITIONS", (scene or scenes[0],))
            # Nothing is brighter than a white sheet.
            image = Image.new("RGB", size, (255, 255, 255)) if scene is None else draw(*size, palette, 5)
            written: list[Written] = []

            def note(
                _: object,
                at: tuple[int, int],
                text: str,
                font: ImageFont.FreeTypeFont,
                fill: tuple[int, ...],
                seen: list[Written] = written,
            ) -> None:
                box = font.getbbox(text)
                seen.append(((at[0], at[1] + box[1], at[0] + box[2], at[1] + box[3]), fill))

            with monkeypatch.context() as patch:
                patch.setattr(ImageDraw.ImageDraw, "text", note)
                write_caption(image, order(width=size[0], height=size[1]), 10**15 - 1)
            assert len(written) >= 2
            for box, colour in written:
                assert box[0] >= 0 and box[2] <= size[0] and box[1] >= 0 and box[3] <= size[1], "within the picture"
                ground = image.crop(box).getcolors(1 << 20)
                assert ground is not None
                brightest = max(luminance(seen) for _, seen in ground)
                assert (luminance(colour) + 0.05) / (brightest + 0.05) >= 4.5, (palette, scene)


@pytest.mark.parametrize("prompt", ["", "fog", LONG * 9, "W" * 160, "字" * 160])
@pytest.mark.parametrize("width", [256, 384, 512, 1024, 2048])
def test_size_and_seed_are_never_cut(prompt: str, width: int) -> None:
    font = font_of(max(13, round(256 / 44)))
    lines = compose(order(prompt, width=width), 10**15 - 1, font, width - 20, 3)
    assert lines[-1].text.endswith(f"{width} x 256 · seed 999999999999999")
    assert "Acme" in lines[-1].text or "Acme" in lines[-2].text
    assert len(lines) <= 3
    assert all(font.getlength(line.text) <= width - 20 for line in lines)


def test_a_prompt_is_broken_between_words() -> None:
    font = font_of(13)
    first, second = wrap(LONG, font, 250, 2)
    assert LONG.startswith(first + " ")
    assert second.endswith("…")
    assert LONG.removeprefix(first).lstrip().startswith(second[:-1])
    assert wrap("", font, 250, 2) == [""]


def test_characters_that_cannot_be_drawn_are_named() -> None:
    assert legible("مرحبا بالعالم") == "(Arabic)"
    assert legible("字字 fog 🌊") == "(CJK) fog (water wave)"
    assert legible("Ångström") == "Angstrom"


def test_images_are_painted_off_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    from segmind_mock.media import rendering

    async def play() -> bytes:
        loop, went_on = asyncio.get_running_loop(), threading.Event()

        def waits(order: GenerationRequest, number: int) -> bytes:
            # The loop can do this only while it is free.
            loop.call_soon_threadsafe(went_on.set)
            return b"free" if went_on.wait(LIMIT_S) else b"blocked"

        monkeypatch.setattr(rendering, "render_image", waits)
        return await FileCache(1 << 20, 1 << 20).get(order(), 0)

    assert asyncio.run(play()) == b"free"


def test_the_event_loop_runs_while_large_images_are_encoded() -> None:
    async def play() -> tuple[float, float]:
        pictures, loop = FileCache(0, 1 << 30), asyncio.get_running_loop()
        large = order(width=2048, height=2048, format="png")
        start = last = loop.time()
        longest = 0.0
        work = asyncio.gather(*(pictures.get(large, number) for number in range(4)))
        while not work.done():
            await asyncio.sleep(0.001)
            longest, last = max(longest, loop.time() - last), loop.time()
        await work
        return longest, last - start

    def is_smooth() -> bool:
        longest, whole = asyncio.run(play())
        # One picture's share, which the loop would wait for at least if it were painted there.
        return longest < whole / 4

    # On a busy machine the loop may have to wait for other reasons, but not each time.
    assert any(is_smooth() for _ in range(10))


def test_the_cache_drops_the_least_recently_used_file(monkeypatch: pytest.MonkeyPatch) -> None:
    from segmind_mock.media import rendering

    painted: list[int] = []

    def counted(order: GenerationRequest, number: int) -> bytes:
        painted.append(number)
        return bytes(40 if number < 9 else 1000)

    async def play() -> None:
        pictures = FileCache(100, 1 << 20)
        for number in (0, 1, 0, 2, 0, 1, 9, 9, 1):
            await pictures.get(order(), number)
            assert pictures._cached_bytes == sum(map(len, pictures._cached.values())) <= 100
        assert not pictures._underway

    monkeypatch.setattr(rendering, "render_image", counted)
    asyncio.run(play())
    # 0 was asked for again before 2 came, so 1 had to go; 9 is larger than the bound and is never kept.
    assert painted == [0, 1, 2, 1, 9, 9]


def test_the_same_order_has_the_same_bytes() -> None:
    for form in ("jpeg", "png", "webp"):
        assert render_image(order(format=form), 0) == render_image(order(format=form), 0)
