"""Images as parameters, with the package of an invented model that accepts them in every documented form."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
SPEC = """\
slug: acme-retouch
title: Acme Retouch
summary: Takes pictures in every way that a page may document.
task: image-to-image
pages: [acme-retouch]
sync: {method: POST, path: /v1/acme-retouch}
async: {method: POST, path: /v2/acme-retouch}
input:
  type: object
  required: [image]
  properties:
    image: {type: string, format: uri, x-accepts: [url, base64], description: What to retouch.}
    mask: {type: string, format: base64, description: Where.}
    style-image: {type: string, format: uri, description: Whose style.}
    inlay: {type: string, format: uri, x-accepts: [url, data-url]}
    more: {type: array, maxItems: 3, items: {type: string, format: uri, x-accepts: [url, data-url]}}
    strength: {type: number, minimum: 0, maximum: 1}
    form: {type: string, enum: [jpeg, png], default: png}
output: {media: image, format: form}
example: {image: "https://example.invalid/in/picture.png"}
"""
#: What each check finds in its interpreter.
BEGIN = """
import asyncio, base64, io, json, pathlib, sys
import httpx2
import segmind_client as s
from segmind_client import cli

sent = []
PNG = pathlib.Path("cat.png").read_bytes()
B64 = base64.b64encode(PNG).decode()
JPEG = pathlib.Path("cat.jpeg").read_bytes()
def service(request):
    sent.append(json.loads(request.content))
    return httpx2.Response(200, content=PNG, headers={"content-type": "image/png"})

client = s.SegmindClient("key", http_client=httpx2.Client(transport=httpx2.MockTransport(service)))
retouch = client.acme_retouch
URL = "https://example.invalid/cat.png"

def wrong(**given):
    try:
        retouch.generate(**{"image": URL, **given})
    except s.ValidationError as error:
        assert not sent
        return [(v.parameter, v.rule, v.message) for v in error.violations]
    raise AssertionError(f"{given} was sent")
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory, picture_files: Callable[[Path], None]) -> Path:
    """A folder with the invented model's package and image files."""
    workspace = tmp_path_factory.mktemp("workspace")
    shutil.copytree(ROOT / "templates", workspace / "templates")
    shutil.copytree(ROOT / "specs" / "schema", workspace / "specs" / "schema")
    platform = (ROOT / "specs" / "segmind" / "platform.yaml").read_text(encoding="utf-8")
    (workspace / "specs" / "segmind" / "models").mkdir(parents=True)
    # Its errata refer to pages of models that are not here.
    (workspace / "specs" / "segmind" / "platform.yaml").write_text(
        platform.partition("\nerrata:")[0] + "\n", encoding="utf-8"
    )
    (workspace / "specs" / "segmind" / "models" / "acme-retouch.yaml").write_text(SPEC, encoding="utf-8")
    command = [sys.executable, "-m", "pagewright", "--root", str(workspace), "generate", "--target", "python-client"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    folder = workspace / "generated" / "segmind" / "python"
    picture_files(folder)
    return folder


@pytest.fixture(scope="module")
def picture_files() -> Callable[[Path], None]:
    from PIL import Image as Pillow

    def write(folder: Path) -> None:
        for name in ("cat.png", "cat.jpeg", "cat.webp"):
            Pillow.new("RGB", (16, 9), "teal").save(folder / name)
        (folder / "notes.txt").write_text("no picture")
        (folder / "half.png").write_bytes((folder / "cat.png").read_bytes()[:40])
        (folder / "huge.png").write_bytes((folder / "cat.png").read_bytes() + bytes(21 * 1024 * 1024))
        (folder / "empty.png").write_bytes(b"")

    return write


def _run(package: Path, code: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(package), "SEGMIND_API_KEY": "SG_inputs"}
    command = [sys.executable, "-W", "error", "-c", BEGIN + code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=package, env=environment, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_each_kind_is_sent_as_the_page_documents(package: Path) -> None:
    _run(
        package,
        """
for given in (pathlib.Path("cat.png"), PNG, bytearray(PNG), memoryview(PNG), io.BytesIO(PNG), open("cat.png", "rb"), B64):
    retouch.generate(image=given)
    assert sent.pop() == {"image": B64}, given
    if hasattr(given, "close"): given.close()
for given in (URL, "HTTP://example.invalid/x", "data:image/png;base64," + B64):
    retouch.generate(image=given, style_image=URL)
    got = sent.pop()
    assert got["style-image"] == URL and got["image"] in (given, B64), got
retouch.generate(image=URL, mask=PNG, inlay=PNG, more=[JPEG, URL, pathlib.Path("cat.webp")])
got = sent.pop()
assert got["mask"] == B64 and got["inlay"] == "data:image/png;base64," + B64
assert got["more"][0].startswith("data:image/jpeg;base64,") and got["more"][1] == URL
assert got["more"][2].startswith("data:image/webp;base64,")
retouch.generate(image=URL, mask="data:image/png;base64," + B64)
assert sent.pop()["mask"] == B64
with open("cat.png", "rb") as file:
    file.read(8), file.seek(0)
    client.run_sync("acme-retouch", image=file)
    assert sent.pop() == {"image": B64} and not file.closed
# A form that the documentation lacks can be sent with extra_parameters.
retouch.generate(image=URL, extra_parameters={"style-image": B64})
assert sent.pop()["style-image"] == B64
""",
    )


def test_what_cannot_be_sent_is_refused_with_what_to_do(package: Path) -> None:
    _run(
        package,
        """
import os
class Text(io.StringIO): pass
class Broken(io.RawIOBase):
    def read(self, n=-1): raise OSError("the disk is gone")
for name, given, words in [
    ("image", pathlib.Path("missing.png"), "missing.png: no such file"),
    ("image", pathlib.Path("."), ".: no such file"),
    ("image", pathlib.Path("/dev/zero"), "/dev/zero: no such file"),
    ("image", pathlib.Path("notes.txt"), "notes.txt: 10 bytes beginning with"),
    ("image", pathlib.Path("half.png"), "half.png: a PNG that is cut short"),
    ("image", pathlib.Path("huge.png"), "huge.png: is larger than 20 MiB"),
    ("image", pathlib.Path("empty.png"), "empty.png: an empty"),
    ("image", b"<html>", "an HTML page"),
    ("image", Text("x"), "open as text"),
    ("image", Broken(), "the disk is gone"),
    ("image", "cat.png", "pathlib.Path('cat.png')"),
    ("image", "", "is neither a URL nor base64"),
    ("image", 7, "7 is not a string"),
    ("image", None, "None is not a string"),
    ("mask", URL, "download the image"),
    ("image", "file:///cat.png", "is not an https:// or http:// URL"),
    ("inlay", "cat.png", "pathlib.Path('cat.png')"),
    ("style_image", PNG, "the parameter accepts a URL only"),
    ("style_image", io.BytesIO(PNG), "the parameter accepts a URL only"),
    ("style_image", pathlib.Path("cat.png"), "cat.png: the parameter accepts a URL only"),
    # What is wrong with the file does not matter where no file is accepted.
    ("style_image", pathlib.Path("missing.png"), "missing.png: the parameter accepts a URL only"),
    ("style_image", "cat.png", "'cat.png' is not a URL: the parameter accepts a URL only"),
    ("style_image", "file:///cat.png", "is not an https:// or http:// URL: the parameter accepts a URL only"),
    ("style_image", B64, "is not a URL: the parameter accepts a URL only"),
    ("style_image", "data:image/png;base64," + B64, "the value is a data URL: the parameter accepts a URL only"),
]:
    ((parameter, rule, message),) = wrong(**{name: given})
    assert parameter == name.replace("_", "-") and words in message, (name, given, message)
    assert name != "style_image" or "pathlib" not in message, message
assert [v[0] for v in wrong(more=[URL, b"no", PNG, 5])] == ["more/1", "more", "more/3"], wrong(more=[URL, b"no", PNG, 5])
assert [v[:2] for v in wrong(image=b"x", strength=7)] == [("image", "picture"), ("strength", "maximum")]
try:
    client.run("acme-retouch", image=b"x")
except s.ValidationError as error:
    assert error.violations[0].rule == "picture"
    assert "acme-retouch" in str(error)
import pickle
for value in (Broken(), open("cat.png", "rb")):
    try:
        retouch.generate(image=URL, mask=URL, strength=value)
    except s.ValidationError as error:
        assert "strength" in str(error)
    if hasattr(value, "name"): value.close()
""",
    )


def test_the_asyncio_client_sends_files_the_same_way(package: Path) -> None:
    _run(
        package,
        """
async def main():
    http = httpx2.AsyncClient(transport=httpx2.MockTransport(service))
    async with s.AsyncSegmindClient("key", http_client=http) as client:
        await client.acme_retouch.generate(image=pathlib.Path("cat.png"))
        assert sent.pop() == {"image": B64}
        try:
            client.acme_retouch.generate(image=b"x")
        except s.ValidationError:
            pass
        else:
            raise AssertionError("it is checked when it is called")
        await client.run_sync("acme-retouch", image=io.BytesIO(PNG))
        assert sent.pop() == {"image": B64}
    await http.aclose()
asyncio.run(main())
""",
    )


def test_the_command_line_takes_paths(package: Path) -> None:
    said = _run(
        package,
        """
for given in ("@cat.png", "cat.png", "./cat.png", URL, B64):
    assert cli.main(["acme-retouch", "--image", given, "--dry-run"]) == 0
assert cli.main(["acme-retouch", "--params", json.dumps({"image": "cat.png", "more": ["@cat.jpeg"]}), "--dry-run"]) == 0
assert cli.main(["acme-retouch", "--image", "huge.png", "--curl"]) == 3
assert cli.main(["acme-retouch", "--image", "@missing.png", "--dry-run"]) == 3
assert cli.main(["acme-retouch", "--image", "missing.png", "--dry-run"]) == 3
assert cli.main(["acme-retouch", "--image", "cat.png", "--style-image", "cat.png", "--dry-run"]) == 3
assert cli.main(["acme-retouch", "--image", "cat.png", "--more", "cat.png,cat.jpeg", "--dry-run"]) == 2
pathlib.Path("b.jsonl").write_text('{"image": "cat.png"}\\n{"image": "@cat.jpeg", "id": "j"}\\n')
assert cli.main(["acme-retouch", "--batch", "b.jsonl", "--dry-run"]) == 0
pathlib.Path("b.jsonl").write_text('{"image": "cat.png"}\\n{"image": "@missing.jpeg", "id": "j"}\\n')
assert cli.main(["acme-retouch", "--batch", "b.jsonl", "--dry-run"]) == 3
try:
    cli.main(["acme-retouch", "--help"])
except SystemExit: pass
""",
    )
    import base64

    encoded = base64.b64encode((package / "cat.png").read_bytes()).decode()
    assert said.count(f'"image": "{encoded}"') == 6
    assert "data:image/jpeg;base64," in said
    assert "file: its path (or @path), a URL or base64" in " ".join(said.split())


def test_the_samples_save_with_the_suffix_of_the_default_format(package: Path) -> None:
    for path in ("REFERENCE.md", "__init__.py", "resources/acme_retouch.py", "reference/acme_retouch.md"):
        text = (package / "segmind_client" / path).read_text(encoding="utf-8")
        assert '.save("image.png")' in text and ".jpeg" not in text, path


def test_a_long_body_is_no_argument_of_curl(package: Path) -> None:
    (package / "long.bmp").write_bytes(b"BM" + os.urandom(200_000))
    said = _run(package, 'assert cli.main(["acme-retouch", "--image", "long.bmp", "--curl"]) == 0')
    assert said.startswith("printf %s '{") and "--data-binary @-" in said
    arguments = said[said.index("| curl") :]
    assert len(arguments) < 1000


def test_type_checkers_accept_each_kind_of_file(package: Path) -> None:
    (package / "caller.py").write_text(
        "import io\nfrom pathlib import Path\n\nfrom segmind_client import PictureInput, SegmindClient\n\n\n"
        "def draw(client: SegmindClient, given: PictureInput) -> None:\n"
        "    client.acme_retouch.generate(image=given, more=[Path('x'), b'', 'https://x'])\n"
        "    with open('x', 'rb') as file:\n        client.acme_retouch.generate(image=file, mask=io.BytesIO())\n"
    )
    (package / "wrong.py").write_text(
        "from segmind_client import SegmindClient\n\n\n"
        "def draw(client: SegmindClient) -> None:\n    client.acme_retouch.generate(image=7)\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--cache-dir", os.devnull, "caller.py"]
    done = subprocess.run([*command, "wrong.py"], capture_output=True, text=True, cwd=package, check=False)
    lines = done.stdout.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["wrong.py"], done.stdout
    (package / "caller.py").unlink()
    (package / "wrong.py").unlink()


def test_the_docstring_says_what_is_sent_how(package: Path) -> None:
    text = " ".join(_run(package, "print(retouch.generate.__doc__)").split())
    assert "What to retouch. (a file: a URL, sent as it is; or a path, bytes or a binary file, sent as base64" in text
    assert "Where. (a file: a path, bytes or a binary file, sent as base64)" in text
    assert "Whose style. (a file: a URL, sent as it is; a file has to be uploaded first)" in text
    assert "a list of files: a URL, sent as it is; or a path, bytes or a binary file, sent as a data URL" in text


def test_the_pydantic_model_is_of_what_goes_over_the_wire(package: Path) -> None:
    _run(
        package,
        """
from segmind_client.pydantic_models.acme_retouch import AcmeRetouchInput
made = AcmeRetouchInput(image=URL, **{"style-image": URL})
client.run_sync("acme-retouch", **made.model_dump(by_alias=True, exclude_unset=True))
assert sent.pop() == {"image": URL, "style-image": URL}
""",
    )


def test_no_url_is_fetched_and_models_without_images_load_nothing() -> None:
    from segmind_client.spec.catalog import SLUGS, get

    assert all(get(slug).file_parameters == () for slug in SLUGS)


def test_a_batch_reads_an_image_when_its_line_is_sent(package: Path, tmp_path: Path) -> None:
    (tmp_path / "cat.png").write_bytes((package / "cat.png").read_bytes())
    (tmp_path / "b.jsonl").write_text(json.dumps({"image": "cat.png"}) + "\n")
    code = f"""
import os
os.chdir({str(tmp_path)!r})
from segmind_client._command.batch import command
real = command.make_plan
def planned(*arguments, **named):
    plan = real(*arguments, **named)
    os.unlink("cat.png")
    return plan
command.make_plan = planned
assert cli.main(["acme-retouch", "--batch", "b.jsonl", "--base-url", "http://127.0.0.1:9"]) == 7
"""
    _run(package, code)
    failures: list[dict[str, Any]] = [
        json.loads(line) for line in (tmp_path / "b" / "failures.jsonl").read_text().splitlines()
    ]
    assert (
        "cat.png: no such file" in failures[0]["failure"]["reason"]
        or "neither a URL nor base64" in failures[0]["failure"]["reason"]
    )
    assert failures[0]["parameters"] == {"image": "cat.png"}
