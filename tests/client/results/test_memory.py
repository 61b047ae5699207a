"""Memory for large responses: an image of 22 MB as 30 MB of base64 is in memory at most three times."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys

import pytest

from segmind_client import UnreadableResponse
from segmind_client._flows.responses import read_images
from segmind_client._http import Headers, Response
from segmind_client._results.lazy_json import LARGE, LONG, LazyJson
from tests.client.doubles import Picture

DRAWING = """
import base64, struct, sys, tracemalloc, zlib
import httpx2
from segmind_client import SegmindClient

# The smallest image, with a chunk that image readers ignore.
small = base64.b64decode(sys.argv[1])
filling = b"juNk" + bytes(range(251)) * 90_000
chunk = struct.pack(">I", len(filling) - 4) + filling + struct.pack(">I", zlib.crc32(filling))
picture = small[:33] + chunk + small[33:]
envelope = '{"status": "Success", "image": "%s", "infer_time": 1.0}'
body = (envelope % base64.b64encode(picture).decode()).encode()
if sys.argv[2] == "escaped":
    body = body.replace(b"/", b"\\\\/")
size = len(body)
pieces = [body[at:at + 65536] for at in range(0, size, 65536)]
del body, chunk, filling

class Pieces(httpx2.SyncByteStream):
    def __iter__(self):
        yield from pieces

transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=Pieces()))
with SegmindClient("key-of-a-test", transport=transport) as client:
    client.tinysd1_5_txt2img
    tracemalloc.start()
    result = client.tinysd1_5_txt2img.generate(prompt="x", base64=True)
    kept, peak = tracemalloc.get_traced_memory()
assert result.content == picture and size > 30_000_000, size
print(kept / size, peak / size)
"""


@pytest.mark.parametrize(("how", "most"), [("plain", 2.2), ("escaped", 2.9)])
def test_thirty_megabytes_of_base64_are_held_no_more_than_thrice(picture: Picture, how: str, most: float) -> None:
    small = base64.b64encode(picture("PNG")).decode()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", DRAWING, small, how]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    kept, peak = map(float, done.stdout.split())
    # The result keeps the raw body and the image.
    assert kept < 1.8
    assert peak < most


class TestLongTexts:
    FAR = "x" * LARGE

    @pytest.mark.parametrize(
        "document",
        [
            {"image": "A" * LONG + "A"},
            {"image": ["A" * 5000, "B" * 6000, "short"]},
            {"image": "A" * 5000, "nested": {"more": ["C" * 9000]}},
            {"image": 'with " a quote' + "A" * 5000},
            {"image": "back\\slash", "long": "B" * 5000},
            {"image": "é" * 5000},
            {"image": "a/b" * 5000, "other": "ends with a backslash\\", "more": '\\"' * 3000},
            {"image": "\\/" * 5000},
            {"A" * 5000: 5},
            [],
            "x",
        ],
        ids=lambda each: str(each)[:30],
    )
    def test_long_strings_are_those_of_a_json_parser(self, document: object) -> None:
        for content in (json.dumps([document, self.FAR]), json.dumps([document, self.FAR], ensure_ascii=False)):
            lifted = LazyJson(content.encode())
            assert self._whole(lifted, lifted.document) == [document, self.FAR]

    def _whole(self, lifted: LazyJson, value: object) -> object:
        if isinstance(value, dict):
            return {self._whole(lifted, key): self._whole(lifted, each) for key, each in value.items()}
        if isinstance(value, list):
            return [self._whole(lifted, each) for each in value]
        text = lifted.text(value)
        return bytes(text).decode() if isinstance(text, memoryview) else text

    @pytest.mark.parametrize("content", ['{"a": "x', '["a", ', '{"a" "b"}', '"a', "[" * 100_000, '"' * 2001])
    def test_long_strings_in_invalid_json(self, content: str) -> None:
        for text in (content, content + " " * LARGE + "!"):
            with pytest.raises(ValueError):
                LazyJson(text.encode())

    @pytest.mark.parametrize("wrap", ["{}", "data:image/png;base64,{}", "\n{}\n"], ids=["plain", "data", "spaced"])
    def test_long_strings_are_read_as_images(self, picture: Picture, wrap: str) -> None:
        content = base64.b64encode(picture("PNG")).decode()
        body = json.dumps({"image": [wrap.format(content), "A" * LARGE]}).encode()
        with pytest.raises(UnreadableResponse, match=r"bytes beginning with|base64"):
            read_images(Response(200, Headers(), body, ""))
        body = json.dumps({"image": wrap.format(content), "filling": "A" * LARGE}).encode()
        assert read_images(Response(200, Headers(), body, "")).content == picture("PNG")
