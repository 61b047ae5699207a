"""What is written, where, and what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.vendor.conftest import PAINT, SKETCH, Shop


def test_a_package_of_one_model(shop: Shop) -> None:
    status, said = shop.run("add", str(shop.dest), "--model", SKETCH)
    assert (status, said) == (
        0,
        "DEST: 4 files for 1 model.\nIt needs httpx2. Commit all of it, with VENDORED.json and the archive beside it.\n",
    )
    assert shop.tree().keys() == {
        *("LICENSE", "__init__.py", "core.py", "models/acme_sketch.py"),
        *("VENDORED.json", "VENDORED.base.tar.xz"),
    }
    assert (
        shop.text("__init__.py").split("\n", 4)[4] == '"""A client for Acme."""\n\nMODELS = [\n    "acme-sketch",\n]\n'
    )
    assert shop.status() == (0, "DEST: clean, 4 files. It needs httpx2.\n")


def test_parts_are_there_only_if_asked_for(shop: Shop) -> None:
    shop.add("--model", f"{SKETCH},{PAINT}", "--with", "cli,mock")
    record = json.loads(shop.text("VENDORED.json"))
    assert record["with"] == ["cli", "mock"]
    assert record["requires"] == ["click", "httpx2", "starlette"]
    assert {"cli.py", "mock/__init__.py", "models/acme_paint_1_5.py"} <= record["files"].keys()
    assert record["models"].keys() == {SKETCH, PAINT}


def test_the_record_holds_the_hash_of_each_file_and_of_each_spec(vendored: Shop) -> None:
    record = json.loads(vendored.text("VENDORED.json"))
    for path, sha in record["files"].items():
        assert hashlib.sha256((vendored.dest / path).read_bytes()).hexdigest() == sha
    before = record["models"][SKETCH]["spec"]
    vendored.upstream(f"specs/acme/models/{SKETCH}.yaml", "What to draw.", "What to paint.")
    assert vendored.update()[0] == 0
    assert json.loads(vendored.text("VENDORED.json"))["models"][SKETCH]["spec"] != before


def test_the_same_package_twice_has_the_same_bytes(shop: Shop, tmp_path: Path) -> None:
    shop.add()
    first = shop.tree()
    other = Shop(shop.root, tmp_path / "elsewhere")
    other.add()
    assert other.tree() == first


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--model", "acme-sketsh"], "no model 'acme-sketsh'. Did you mean 'acme-sketch'?"),
        (["--model", "zzz"], "no model 'zzz'. There are: acme-paint-1.5, acme-sketch."),
        (["--model", SKETCH, "--with", "clj"], "no part 'clj'. Did you mean 'cli'?"),
        ([], "Missing option '--model'"),
    ],
)
def test_wrong_usage(shop: Shop, arguments: list[str], says: str) -> None:
    status, said = shop.run("add", str(shop.dest), *arguments)
    assert (status, says in said) == (2, True), said
    assert not shop.dest.exists()


@pytest.mark.parametrize("name", ["my-shop", "class", "1shop", "a.b"])
def test_a_name_that_nobody_could_import(shop: Shop, name: str) -> None:
    status, said = shop.run("add", str(shop.dest.parent / name), "--model", SKETCH)
    assert (status, "can't be imported" in said) == (2, True)


def test_what_stands_there_is_not_touched(shop: Shop) -> None:
    shop.dest.mkdir(parents=True)
    (shop.dest / "mine.py").write_text("mine")
    status, said = shop.run("add", str(shop.dest), "--model", SKETCH)
    assert (status, "with mine.py in it" in said) == (2, True)
    assert shop.tree() == {"mine.py": b"mine"}
    file = shop.dest.parent / "file"
    file.write_text("mine")
    assert shop.run("add", str(file), "--model", SKETCH)[0] == 2
    assert file.read_text() == "mine"


def test_an_empty_folder_will_do(shop: Shop) -> None:
    shop.dest.mkdir(parents=True)
    shop.add()


def test_what_is_vendored_already_is_updated_not_added(vendored: Shop) -> None:
    before = vendored.tree()
    status, said = vendored.run("add", str(vendored.dest), "--model", PAINT)
    assert (status, "`pagewright vendor update DEST`" in said) == (2, True)
    assert vendored.tree() == before


def test_specs_with_findings_write_nothing(shop: Shop) -> None:
    shop.upstream(f"specs/acme/models/{SKETCH}.yaml", "title: Acme Sketch", "title: 5")
    status, said = shop.run("add", str(shop.dest), "--model", SKETCH)
    assert status == 1
    assert f"specs/acme/models/{SKETCH}.yaml:2:8: S004 wrong-value" in said
    assert not shop.dest.exists()
