"""Bodies that are compressed, or only said to be, arrive as the files that they are; a redirect of a paid call says where to."""

from __future__ import annotations

import asyncio
import gzip
import importlib
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.media.conftest import order
from tests.media.fake_service import FILES, Service

CLIP = (FILES / "clip.mp4").read_bytes()
#: The header content-encoding and how the body is compressed.
ENCODINGS = {
    "gzip": ("gzip", ["gzip"]),
    "in upper case": ("GZIP", ["gzip"]),
    "the old name": ("x-gzip", ["gzip"]),
    "deflate": ("deflate", ["deflate"]),
    "deflate without a header": ("deflate", ["raw"]),
    "twice": ("deflate, gzip", ["deflate", "gzip"]),
    "once, said twice": ("gzip, gzip", ["gzip"]),
    "identity": ("identity", []),
    "not gzip": ("gzip", []),
    "not deflate": ("deflate", []),
    "of a storage": ("aws-chunked", []),
    "unknown": ("rot13", []),
}


@pytest.mark.parametrize("piece", [0, 1, 999])
@pytest.mark.parametrize("name", ENCODINGS)
def test_the_file_arrives(client: Any, name: str, piece: int) -> None:
    header, packed = ENCODINGS[name]
    prompt = order(file="clip.mp4", encoding=header, packed=packed, piece=piece)
    assert client.reel_1.generate(prompt=prompt).content == CLIP
    assert client.reel_1.submit(prompt=prompt).download(interval=0.01).content == CLIP


@pytest.mark.parametrize("name", ENCODINGS)
def test_under_asyncio(lumen: Any, service: Service, name: str) -> None:
    header, packed = ENCODINGS[name]

    async def call() -> bytes:
        async with lumen.AsyncLumenClient("key", service.url) as client:
            result = await client.reel_1.generate(
                prompt=order(file="clip.mp4", encoding=header, packed=packed, piece=99)
            )
            content: bytes = result.content
            return content

    assert asyncio.run(call()) == CLIP


@pytest.fixture(scope="module")
def decoding(lumen: Any) -> Any:
    return importlib.import_module(f"{lumen.__name__}._network.decoding")


def decoded(decoding: Any, header: str, body: bytes, piece: int) -> bytes:
    decoder = decoding.decoder_for(header)
    return b"".join(b"".join(decoder.decode(body[at : at + piece])) for at in range(0, len(body), piece))


@given(
    st.binary(max_size=300), st.integers(1, 9), st.sampled_from(["gzip", "deflate", "gzip, deflate", "identity, gzip"])
)
def test_whatever_is_compressed_is_decoded(decoding: Any, content: bytes, piece: int, header: str) -> None:
    body = content
    for name in header.split(", "):
        body = gzip.compress(body) if name == "gzip" else zlib.compress(body) if name == "deflate" else body
    assert decoded(decoding, header, body, piece) == content


@given(
    st.sampled_from(sorted(FILES.iterdir())), st.integers(1, 4000), st.sampled_from(["gzip", "deflate", "gzip, gzip"])
)
def test_no_file_is_taken_for_compressed(decoding: Any, path: Any, piece: int, header: str) -> None:
    content = path.read_bytes()
    assert decoded(decoding, header, content, piece) == content


def test_files_of_gzip_one_behind_the_other(decoding: Any) -> None:
    body = gzip.compress(CLIP[:1000]) + gzip.compress(CLIP[1000:])
    assert decoded(decoding, "gzip", body, 70) == CLIP
    assert decoded(decoding, "gzip", body + b"appended", 70) == CLIP


def test_a_small_body_can_not_fill_the_memory(decoding: Any) -> None:
    bomb = gzip.compress(bytes(64 << 20))
    sizes = [len(piece) for piece in decoding.decoder_for("gzip").decode(bomb)]
    assert sum(sizes) == 64 << 20 and max(sizes) <= 1 << 20


def test_a_damaged_body_is_an_interruption(lumen: Any, decoding: Any) -> None:
    body = bytearray(gzip.compress(bytes(range(256)) * 999))
    body[-5] ^= 0xFF
    with pytest.raises(ValueError, match="damaged"):
        decoded(decoding, "gzip", bytes(body), 999)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_paid_call_says_where_to(lumen: Any, client: Any, service: Service, status: int) -> None:
    """The call may have been billed, so it is not sent again. Its file can be fetched."""
    before = len(service.posts)
    with pytest.raises(lumen.StatusError, match="redirect to http") as caught:
        client.reel_1.generate(prompt=order(file="clip.mp4", moved=status))
    assert len(service.posts) == before + 1
    assert client.download(caught.value.headers["location"]).content == CLIP


def test_a_3d_model_may_be_json(lumen: Any, client: Any) -> None:
    scene = {"asset": {"version": "2.0"}}
    results = [
        client.clay.generate(prompt=order(json=scene)),
        client.clay.submit(prompt=order(body='{"asset": {"version": "2.0"}}')).download(interval=0.01),
    ]
    for result in results:
        assert b'"asset"' in result.content and "JSON" in result.problem
    for text in ('{"error": "over quota"}', "<html>"):
        with pytest.raises(lumen.UnreadableResponse):
            client.clay.submit(prompt=order(body=text)).download(interval=0.01)
