"""Images are recognised by their bytes, whatever content type the response declares."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import random
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from segmind_client import Image, ImageResult, Response, UnreadableResponse
from segmind_client._flows.responses import read_images
from segmind_client._results.images import NotAnImage, decode_base64, measure
from segmind_client._results.jobs import JobResult
from segmind_client.spec.answers import header_number
from tests.client.doubles import Answer, Picture

FORMATS = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "AVIF": "image/avif",
    "BMP": "image/bmp",
}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (64, 48), (333, 1021)])
def test_format_and_size_are_in_the_bytes(picture: Picture, form: str, size: tuple[int, int]) -> None:
    assert measure(picture(form, size)) == (FORMATS[form], *size)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0x" * 9}, {"quality": 1}])
def test_all_three_kinds_of_webp(options: dict[str, object]) -> None:
    file = BytesIO()
    Pillow.new("RGB", (70, 50), "red").save(file, "WEBP", **options)
    assert measure(file.getvalue())[1:] == (70, 50)


def test_progressive_jpeg_with_a_thumbnail_and_a_trailer(picture: Picture) -> None:
    file = BytesIO()
    thumbnail = picture("JPEG", (8, 8))
    Pillow.new("RGB", (70, 50), "red").save(file, "JPEG", progressive=True, exif=b"Exif\0\0" + thumbnail)
    whole = file.getvalue()
    assert measure(whole + b"appended" * 50)[1:] == (70, 50)
    with pytest.raises(NotAnImage, match="cut short"):
        measure(whole[:-2])


@pytest.mark.parametrize("form", FORMATS)
def test_every_truncation_is_seen(picture: Picture, form: str) -> None:
    whole = picture(form, (32, 32))
    # A few bytes at the end of a file may be missing without damage to the image.
    for length in range(len(whole) - (4 if form == "PNG" else 1)):
        with pytest.raises(NotAnImage):
            measure(whole[:length])


@pytest.mark.parametrize("at", [16, 20])
def test_an_image_without_width_or_height_is_refused(picture: Picture, at: int) -> None:
    content = bytearray(picture("PNG"))
    content[at : at + 4] = bytes(4)
    with pytest.raises(NotAnImage, match=r"x0 pixels|0x48 pixels"):
        measure(bytes(content))


def test_changed_bytes_are_measured_or_refused(picture: Picture) -> None:
    chance = random.Random(7)
    wholes = [picture(form, (32, 24)) for form in FORMATS]
    for _ in range(4000):
        content = bytearray(chance.choice(wholes))
        for _ in range(chance.randint(1, 6)):
            content[chance.randrange(min(len(content), 64))] = chance.randrange(256)
        try:
            found = measure(bytes(content[: chance.randint(0, len(content))]))
        except NotAnImage:
            continue
        assert found.width > 0 and found.height > 0


@settings(max_examples=300)
@given(
    st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFFxxxxWEBP", b"GIF89a"]), st.binary(max_size=80)
)
def test_random_bytes_never_crash_measuring(start: bytes, rest: bytes) -> None:
    try:
        found = measure(start + rest)
    except NotAnImage as error:
        assert len(str(error)) < 200
    else:
        assert found.width > 0 and found.height > 0


class TestAnswers:
    def test_an_image_as_bytes(self, answer: Answer, picture: Picture) -> None:
        result = read_images(answer(200, picture(), content_type="image/jpeg"))
        assert (len(result), result.media_type) == (1, "image/jpeg")

    def test_a_jpeg_declared_as_json(self, answer: Answer, picture: Picture) -> None:
        assert read_images(answer(200, picture(), content_type="application/json")).media_type == "image/jpeg"

    def test_json_declared_as_jpeg(self, answer: Answer, picture: Picture) -> None:
        body = b'{"image": "' + base64.b64encode(picture("PNG")) + b'"}'
        assert read_images(answer(200, body, content_type="image/jpeg")).media_type == "image/png"

    def test_several_images_in_base64(self, answer: Answer, picture: Picture) -> None:
        texts = [base64.b64encode(picture("PNG", (n, 9))).decode() for n in (1, 2, 3)]
        assert [image.width for image in read_images(answer(200, {"image": texts}))] == [1, 2, 3]

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            (b"", "an empty body"),
            (b" \n", "not an image"),
            (b"<!DOCTYPE html><html>", "an HTML page"),
            (b"{", "is not JSON"),
            (b"[" * 100_000, "is not JSON"),
            (b"{}", "without an image at /image"),
            (b"[]", "without an image"),
            (b'{"image": null}', "without an image"),
            (b'{"image": []}', "without an image"),
            (b'{"error": "over quota"}', "over quota"),
            (b'{"image": 5}', "expected base64, got int"),
            (b'{"image": "$$$"}', "not base64"),
            (b'{"image": ["aGFsbG8="]}', "not an image"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "cut short"),
        ],
    )
    def test_an_unreadable_response_says_what_it_is_and_keeps_the_body(
        self, answer: Answer, body: bytes, words: str
    ) -> None:
        with pytest.raises(UnreadableResponse, match=words) as caught:
            read_images(answer(200, body))
        assert caught.value.content == body
        assert len(str(caught.value)) < 700

    def test_a_cut_short_image_in_base64(self, answer: Answer, picture: Picture) -> None:
        with pytest.raises(UnreadableResponse, match="cut short"):
            read_images(answer(200, {"image": base64.b64encode(picture()[:-20]).decode()}))

    def test_repr_shows_only_size_and_hash(self, answer: Answer, picture: Picture) -> None:
        content = picture()
        result = read_images(answer(200, content))
        assert hashlib.sha256(content).hexdigest()[:12] in repr(result)
        assert len(repr(result)) < 150


class TestBase64:
    @pytest.mark.parametrize("raw", [b"", b"a", b"ab", b"abc", bytes(range(256)), b"\xfb\xff\xfe" * 30])
    def test_all_forms_of_base64(self, raw: bytes) -> None:
        plain, url_safe = base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()
        for text in (plain, url_safe, plain.rstrip("="), url_safe.rstrip("=")):
            for form in (
                text,
                f"data:image/png;base64,{text}",
                f"DATA:image/svg+xml;charset=utf-8;base64,{text}",
                f"data:;base64,{text}",
                "\n".join(text[at : at + 76] for at in range(0, len(text), 76)) + "\r\n",
                f" \t{text} ",
            ):
                assert decode_base64(form) == raw

    @pytest.mark.parametrize("text", ["a", "a$b=", "aGFs=bG8", "é", "data:image/png,aGFsbG8", "aGFsb\ud800"])
    def test_invalid_base64_is_refused(self, text: str) -> None:
        with pytest.raises(NotAnImage, match="not base64"):
            decode_base64(text)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestSaving:
    def test_saving_leaves_no_temporary_file(self, picture: Picture, tmp_path: Path) -> None:
        image = Image(picture())
        assert image.save(tmp_path / "a.jpg") == str(tmp_path / "a.jpg")
        assert (tmp_path / "a.jpg").read_bytes() == image.content
        assert _names(tmp_path) == ["a.jpg"]

    def test_saving_never_replaces_without_overwrite(self, picture: Picture, tmp_path: Path) -> None:
        (tmp_path / "a.jpg").write_text("mine")
        with pytest.raises(FileExistsError, match="overwrite=True"):
            Image(picture()).save(tmp_path / "a.jpg")
        assert (tmp_path / "a.jpg").read_text() == "mine"
        Image(picture()).save(tmp_path / "a.jpg", overwrite=True)
        assert (tmp_path / "a.jpg").read_bytes() == picture()
        assert _names(tmp_path) == ["a.jpg"]

    def test_saving_with_the_longest_name(self, picture: Picture, tmp_path: Path) -> None:
        Image(picture()).save(tmp_path / ("n" * 251 + ".jpg"))

    def test_saving_with_a_name_in_bytes(self, picture: Picture, tmp_path: Path) -> None:
        Image(picture()).save(os.fsencode(tmp_path / "a.jpg"))  # type: ignore[arg-type]
        assert _names(tmp_path) == ["a.jpg"]

    def test_saving_to_a_missing_folder(self, picture: Picture, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError) as caught:
            Image(picture()).save(tmp_path / "no" / "a.jpg")
        assert caught.value.filename == str(tmp_path / "no" / "a.jpg")
        assert ".part" not in str(caught.value)

    def test_saving_over_a_folder_or_on_a_full_disk(
        self, picture: Picture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Every error names the requested path, whichever step failed."""
        (tmp_path / "folder").mkdir()
        with pytest.raises(IsADirectoryError) as caught:
            Image(picture()).save(tmp_path / "folder", overwrite=True)
        assert (caught.value.filename, caught.value.filename2) == (str(tmp_path / "folder"), None)

        def full(*_: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space left") as failed:
            Image(picture()).save(tmp_path / "a.jpg", overwrite=True)
        assert failed.value.filename == str(tmp_path / "a.jpg")
        assert _names(tmp_path) == ["folder"]

    def test_several_images_are_numbered_or_none_is_saved(self, picture: Picture, tmp_path: Path) -> None:
        result = ImageResult((Image(picture()), Image(picture("PNG"))), Response(200, {}, b"", ""), {})
        (tmp_path / "a-2.jpg").write_text("mine")
        with pytest.raises(FileExistsError):
            result.save(tmp_path / "a.jpg")
        assert _names(tmp_path) == ["a-2.jpg"]
        assert result.save(tmp_path / "b.x.jpg") == [str(tmp_path / "b.x-1.jpg"), str(tmp_path / "b.x-2.jpg")]


class TestHeaders:
    @pytest.mark.parametrize(
        ("text", "number"),
        [("5", 5), ("[2.5]", 2.5), ('["7"]', 7), ("-1", -1), ("1e3", 1000), ("", None), (None, None), ("n/a", None)],
    )
    def test_numbers_in_headers_may_be_lists(self, text: str | None, number: float | None) -> None:
        assert header_number(text) == number

    @pytest.mark.parametrize(
        ("text", "seed"),
        [("98552302", 98552302), ("[9007199254740993]", 9007199254740993), ("1e400", None), ("x", None), ("3.0", 3)],
    )
    def test_seeds_are_exact(self, picture: Picture, text: str, seed: int | None) -> None:
        assert (
            ImageResult(
                (Image(picture()),), Response(200, {"x-seed-value": text}, b"", ""), {"seed": "x-seed-value"}
            ).seed
            == seed
        )

    def test_header_names_ignore_case(self, answer: Answer) -> None:
        response = answer(200, b"", content_type="image/png; q=1")
        assert response.headers["Content-Type"] == response.headers["content-type"] == "image/png; q=1"
        assert "CONTENT-TYPE" in response.headers
        assert response.headers.get("X-None") is None
        assert response.media_type == "image/png"


class TestJobResults:
    @pytest.mark.parametrize(
        ("body", "urls"),
        [
            ({"output": "a"}, ["a"]),
            ({"output": ["a", "b"]}, ["a", "b"]),
            ({"output": "a", "images": [{"url": "x"}, {"url": "y"}]}, ["x", "y"]),
            ({"output": "a", "images": [{"url": None}]}, ["a"]),
            ({"output": "a", "images": "?"}, ["a"]),
            ({"output": {"odd": 1}}, []),
            ({}, []),
        ],
    )
    def test_urls_of_a_job_result(self, body: dict[str, object], urls: list[str]) -> None:
        assert JobResult(body).urls == urls

    @pytest.mark.parametrize(
        ("metrics", "seconds"), [({"inference_time": 2}, 2.0), ({"inference_time": "x"}, None), (None, None)]
    )
    def test_inference_time_of_a_job_result(self, metrics: object, seconds: float | None) -> None:
        assert JobResult({"metrics": metrics}).inference_time_s == seconds
