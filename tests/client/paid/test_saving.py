"""Saving an image that was paid for: it is at its path, or in another file that the error names, or in the error."""

from __future__ import annotations

import errno
import os
import pickle
import shutil
import socket
import stat
import warnings
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from segmind_client import Image, ImageResult, NotSaved, Response
from segmind_client._results import saving as _saving
from segmind_client._results.files import write_atomically
from tests.client.doubles import Picture
from tests.material import absent


@pytest.fixture
def image(picture: Picture) -> Image:
    return Image(picture())


def _kept(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


class TestSuffixes:
    def test_a_suffix_of_another_format_gives_a_warning(self, picture: Picture, tmp_path: Path) -> None:
        image = Image(picture("PNG"))
        result = ImageResult([image, image], Response(200, {}, b"", "https://x"), {})
        with pytest.warns(UserWarning, match=r"a\.jpeg: the file is image/png, not image/jpeg; .* is \.png") as caught:
            assert image.save(tmp_path / "a.jpeg") == str(tmp_path / "a.jpeg")
        assert [each.filename for each in caught] == [__file__], "it names the line of the caller"
        with pytest.warns(UserWarning, match=r"b-[12]\.jpeg: "):
            result.save(tmp_path / "b.jpeg")
        assert len(_kept(tmp_path)) == 3

    def test_a_warning_as_an_error_does_not_say_that_nothing_was_saved(self, picture: Picture, tmp_path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            Image(picture("PNG")).save(tmp_path / "a.jpeg")
            for name in ("a.png", "a.PNG", "a", "a.mine"):
                Image(picture("PNG")).save(tmp_path / name)
        assert len(_kept(tmp_path)) == 5


class TestKeptElsewhere:
    @pytest.mark.parametrize("overwrite", [False, True])
    @pytest.mark.parametrize("place", ["no/a.jpeg", "folder", "taken/a.jpeg", "", ".", "new/"])
    def test_an_unwritable_path_is_saved_elsewhere(
        self, image: Image, tmp_path: Path, spare: Path, place: str, overwrite: bool
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "taken").write_text("a file")
        with pytest.raises(OSError) as caught:
            image.save(f"{tmp_path}/{place}" if place else "", overwrite=overwrite)
        (kept,) = _kept(spare)
        assert kept.read_bytes() == image.content
        assert f"saved as {kept}" in str(caught.value)
        assert not isinstance(caught.value, NotSaved)
        assert _kept(tmp_path) == [tmp_path / "taken"]

    def test_an_existing_file_is_not_replaced(self, image: Image, tmp_path: Path, spare: Path) -> None:
        """After `client.x.generate(…).save("a.jpeg")` the saved file is the only copy of the image."""
        (tmp_path / "a.jpeg").write_text("mine")
        with pytest.raises(FileExistsError, match="overwrite=True") as caught:
            image.save(tmp_path / "a.jpeg")
        (kept,) = _kept(spare)
        assert (kept.name, kept.read_bytes(), str(kept) in str(caught.value)) == ("a.jpeg", image.content, True)
        assert (tmp_path / "a.jpeg").read_text() == "mine"

    @pytest.mark.parametrize("name", ["n" * 300 + ".jpeg", "é" * 126 + ".jpeg", "a\0b.jpeg", "\ud800.jpeg"])
    def test_an_invalid_name_is_shortened_in_the_same_folder(
        self, image: Image, tmp_path: Path, spare: Path, name: str
    ) -> None:
        for _ in range(2):
            # The second time the file exists, with the same content.
            with pytest.raises(OSError) as caught:
                image.save(tmp_path / name)
            (kept,) = tmp_path.iterdir()
            assert kept.read_bytes() == image.content and kept.suffix == ".jpeg" and len(kept.name.encode()) <= 100
            assert str(kept) in str(caught.value)
        assert not _kept(spare)

    def test_numbered_names_that_are_too_long(self, picture: Picture, tmp_path: Path, spare: Path) -> None:
        images = (Image(picture()), Image(picture("PNG")))
        result = ImageResult(images, Response(200, {}, b"", ""), {})
        with pytest.raises(OSError, match="too long"):
            result.save(tmp_path / ("n" * 250 + ".jpeg"))
        assert {path.read_bytes() for path in tmp_path.iterdir()} == {image.content for image in images}
        assert not _kept(spare)

    def test_only_failed_files_are_saved_elsewhere(
        self, picture: Picture, tmp_path: Path, spare: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        images = (Image(picture()), Image(picture("PNG")), Image(picture("GIF")))
        result = ImageResult(images, Response(200, {}, b"", ""), {})
        (tmp_path / "a-2.bin").mkdir()
        with pytest.raises(IsADirectoryError) as caught:
            result.save(tmp_path / "a.bin", overwrite=True)
        (kept,) = _kept(spare)
        assert kept.read_bytes() == images[1].content and str(kept) in str(caught.value)
        assert (tmp_path / "a-1.bin").read_bytes() == images[0].content
        assert (tmp_path / "a-3.bin").read_bytes() == images[2].content

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO, errno.EDQUOT])
    @pytest.mark.parametrize("step", ["open", "fsync", "link", "replace"])
    def test_any_step_may_fail(
        self, image: Image, tmp_path: Path, spare: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int
    ) -> None:
        real, failed = getattr(os, step), []

        def fail(first: object, *more: object, **named: object) -> object:
            # Only in the file's folder; fsync gets a descriptor.
            if isinstance(first, int):
                is_here = str(Path(f"/proc/self/fd/{first}").readlink()).startswith(str(tmp_path))
            else:
                is_here = str(first).startswith(str(tmp_path))
            if not is_here:
                return real(first, *more, **named)
            failed.append(first)
            raise OSError(code, "it failed")

        if step == "fsync" and not Path("/proc/self/fd").is_dir():
            absent("/proc, which tells which file is meant")
        monkeypatch.setattr(os, step, fail)
        overwrite = step == "replace"
        if step == "link":
            # Without hard links the file is renamed.
            assert image.save(tmp_path / "a.jpeg") == str(tmp_path / "a.jpeg")
            return
        with pytest.raises(OSError, match="it failed") as caught:
            image.save(tmp_path / "a.jpeg", overwrite=overwrite)
        monkeypatch.undo()
        (kept,) = _kept(spare)
        assert failed and kept.read_bytes() == image.content and str(kept) in str(caught.value)
        assert caught.value.filename == str(tmp_path / "a.jpeg")
        assert not list(tmp_path.iterdir())

    def test_a_full_temporary_folder_is_skipped(
        self, image: Image, tmp_path: Path, spare: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        real = write_atomically

        def write(path: str, content: bytes, *, overwrite: bool) -> str:
            if path.startswith((str(spare), str(tmp_path / "disk"))):
                raise OSError(errno.ENOSPC, "No space left on device", path)
            return real(path, content, overwrite=overwrite)

        (tmp_path / "disk").mkdir()
        (tmp_path / "other").mkdir()
        places = [str(spare), str(tmp_path / "other")]
        monkeypatch.setattr(_saving, "write_atomically", write)
        monkeypatch.setattr(os.path, "expanduser", lambda _: places[1])
        monkeypatch.setattr(_saving, "_OTHER_FOLDERS", ())
        with pytest.raises(OSError, match="No space left"):
            image.save(tmp_path / "disk" / "a.jpeg")
        (kept,) = _kept(tmp_path)
        assert kept.parent.parent == tmp_path / "other" and kept.read_bytes() == image.content
        assert not list(spare.iterdir())


def test_what_no_folder_takes_is_in_the_error(
    picture: Picture, tmp_path: Path, spare: Path, full: Callable[[], AbstractContextManager[None]]
) -> None:
    images = (Image(picture()), Image(picture("PNG")))
    result = ImageResult(images, Response(200, {}, b"", ""), {})
    with full(), pytest.raises(NotSaved) as caught:
        result.save(tmp_path / "a.jpeg")
    error = caught.value
    assert error.contents == tuple(image.content for image in images)
    assert (error.errno, error.filename) == (errno.EFBIG, str(tmp_path / "a-1.jpeg"))
    again = pickle.loads(pickle.dumps(error))
    assert (again.contents, str(again), type(again)) == (error.contents, str(error), NotSaved)
    assert not list(tmp_path.iterdir()) and not list(spare.iterdir())


class TestOverwriting:
    @pytest.mark.parametrize("kind", ["fifo", "socket", "folder", "device", "link to a fifo", "loop"])
    def test_overwrite_never_replaces_other_than_files(
        self, image: Image, tmp_path: Path, spare: Path, device: Path, monkeypatch: pytest.MonkeyPatch, kind: str
    ) -> None:
        place = tmp_path / "a.jpeg"
        monkeypatch.chdir(tmp_path)
        if kind == "socket":
            # The path of a socket is limited in length, so its name alone is used.
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(place.name)
        elif kind == "folder":
            place.mkdir()
        elif kind == "loop":
            place.symlink_to("a.jpeg")
        elif kind == "device":
            place = device
        else:
            os.mkfifo(place if kind == "fifo" else tmp_path / "fifo")
            if kind != "fifo":
                place.symlink_to("fifo")
        before = place.lstat()
        with pytest.raises(OSError) as caught:
            image.save(place, overwrite=True)
        (kept,) = _kept(spare)
        assert str(kept) in str(caught.value) and kept.read_bytes() == image.content
        assert (before.st_ino, before.st_mode) == (place.lstat().st_ino, place.lstat().st_mode)

    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o400])
    def test_overwrite_keeps_permissions_and_follows_links(self, image: Image, tmp_path: Path, mode: int) -> None:
        (tmp_path / "far").mkdir()
        target, middle, link = tmp_path / "far" / "target", tmp_path / "middle", tmp_path / "a.jpeg"
        target.write_text("old")
        target.chmod(mode)
        middle.symlink_to("far/target")
        link.symlink_to(middle)
        assert image.save(link, overwrite=True) == str(link)
        assert link.is_symlink() and middle.is_symlink() and target.read_bytes() == image.content
        assert stat.S_IMODE(target.stat().st_mode) == mode
        assert [path.name for path in target.parent.iterdir()] == ["target"]

    def test_overwrite_creates_the_target_of_a_dangling_link(self, image: Image, tmp_path: Path, spare: Path) -> None:
        (tmp_path / "far").mkdir()
        link, nowhere = tmp_path / "a.jpeg", tmp_path / "b.jpeg"
        link.symlink_to("far/new.jpeg")
        nowhere.symlink_to("gone/new.jpeg")
        with pytest.raises(FileExistsError):
            image.save(link)
        image.save(link, overwrite=True)
        assert (tmp_path / "far" / "new.jpeg").read_bytes() == image.content and link.is_symlink()
        with pytest.raises(FileNotFoundError):
            image.save(nowhere, overwrite=True)
        assert len(_kept(spare)) == 2

    def test_a_replacement_of_a_private_file_is_private_from_the_start(
        self, image: Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "a.jpeg").write_text("secret")
        (tmp_path / "a.jpeg").chmod(0o600)
        modes: list[int] = []
        real = os.open

        def watch(path: str, *more: int, **named: int) -> int:
            opened = real(path, *more, **named)
            modes.append(stat.S_IMODE(os.fstat(opened).st_mode))
            return opened

        monkeypatch.setattr(os, "open", watch)
        image.save(tmp_path / "a.jpeg", overwrite=True)
        assert modes[0] == 0o600


def test_kept_files_are_for_their_owner_only(image: Image, tmp_path: Path, spare: Path) -> None:
    with pytest.raises(FileNotFoundError):
        image.save(tmp_path / "no" / "a.jpeg")
    (folder,) = spare.iterdir()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_a_folder_that_vanishes_while_the_file_is_written(
    image: Image, tmp_path: Path, spare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    real = os.link

    def link(source: str, target: str) -> None:
        if str(tmp_path) in target:
            shutil.rmtree(tmp_path / "out")
        real(source, target)

    monkeypatch.setattr(os, "link", link)
    with pytest.raises(FileNotFoundError):
        image.save(tmp_path / "out" / "a.jpeg")
    (kept,) = _kept(spare)
    assert kept.read_bytes() == image.content
