"""A large file goes to the disk while it arrives, and is saved from there: memory does not grow with it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.media.conftest import order
from tests.media.fake_service import FILES, Service
from tests.media.lumen_client import LumenClient

#: Megabytes of the large file. The proof with half a gigabyte: PAGEWRIGHT_LARGE_MB=500.
LARGE_MB = int(os.environ.get("PAGEWRIGHT_LARGE_MB", "96"))
#: Megabytes by which the process may grow while it receives, measures and saves the file.
GROWTH_MB = 24
_CALL = """
import resource, sys
sys.path.insert(0, {python!r})
import lumen_client
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with lumen_client.LumenClient("key", {url!r}) as client:
    client.reel_1.generate(prompt={small!r}).save("small.mp4")
    client.reel_1.submit(prompt={small!r}).download(interval=0.01)
    before = peak()
    {call}
    result.save("large.mp4")
    assert result.problem is None and result.duration_s == 1.0, result
    assert result.sha256
    print((peak() - before) // 1024, result.files[0].size)
"""


@pytest.mark.parametrize(
    "call", ["client.reel_1.generate(prompt=order)", "client.reel_1.submit(prompt=order).download(interval=0.01)"]
)
def test_saving_needs_little_memory(python: Path, service: Service, tmp_path: Path, call: str) -> None:
    call = f"order = {order(megabytes=LARGE_MB)!r}; result = {call}"
    code = _CALL.format(python=str(python), url=service.url, small=order(file="clip.mp4"), call=call)
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    grown, size = map(int, done.stdout.split())
    assert size == (tmp_path / "large.mp4").stat().st_size > LARGE_MB << 20
    assert grown < GROWTH_MB, f"{grown} MB for a file of {LARGE_MB} MB"


def test_the_temporary_file_has_no_name(client: LumenClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    result = client.reel_1.generate(prompt=order(megabytes=6))
    assert not isinstance(result.files[0].stored, bytes)
    assert list(tmp_path.iterdir()) == []
    assert len(result.content) == result.files[0].size == len(bytes(result.files[0].stored))


def test_a_full_disk_loses_nothing(
    lumen: ModuleType, client: LumenClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file goes to another folder in the middle of the body, and to memory if no folder is left."""
    body = importlib.import_module(f"{lumen.__name__}._network.body")
    real, written = body.StoredContent.append, [0]

    def full(file: object, chunk: bytes) -> None:
        written[0] += len(chunk)
        if 5 << 20 < written[0] < end[0]:
            raise OSError(28, "No space left on device")
        real(file, chunk)

    start = (FILES / "clip.mp4").read_bytes()
    # The second time the disk stays full.
    end = [0]
    for end[0], is_stored in ((6 << 20, True), (1 << 40, False)):
        written[0] = 0
        monkeypatch.setattr(body, "_folders", lambda: [str(tmp_path)] * 9)
        monkeypatch.setattr(body.StoredContent, "append", full)
        result = client.reel_1.generate(prompt=order(megabytes=8))
        assert result.problem is None and result.files[0].size == len(start) + 8 + (8 << 20)
        assert result.content.startswith(start) and isinstance(result.files[0].stored, bytes) is not is_stored
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_too_large_is_dropped(
    lumen: ModuleType, client: LumenClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = importlib.import_module(f"{lumen.__name__}._network.body")
    limits = body.PLATFORM.limits._replace(max_response_bytes=1 << 20, max_file_bytes=6 << 20)
    monkeypatch.setattr(body, "PLATFORM", body.PLATFORM._replace(limits=limits))
    with pytest.raises(lumen.UnreadableResponse, match="larger than"):
        client.reel_1.generate(prompt=order(megabytes=8))
