"""The package as a vendored copy: light, with relative imports, documented."""

from __future__ import annotations

import ast
import importlib
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import segmind_client
from pagewright import __version__

PACKAGE = Path(segmind_client.__file__).parent
MODULES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))
PUBLIC = [
    "AmbiguousOutcome",
    "AsyncJob",
    "AsyncSegmindClient",
    "AsyncioJob",
    "AudioResult",
    "AuthenticationError",
    "BadGatewayError",
    "BadRequestError",
    "Budget",
    "BudgetExceeded",
    "ConfigurationError",
    "ConnectionFailed",
    "Doubt",
    "FileResult",
    "GatewayTimeoutError",
    "Hooks",
    "Image",
    "ImageInput",
    "ImageResult",
    "InferenceFailed",
    "InferenceTimeout",
    "InsufficientCreditsError",
    "InternalServerError",
    "JobHandle",
    "JobResult",
    "Journal",
    "JournalContents",
    "JsonResult",
    "MediaFile",
    "MediaInput",
    "MethodNotAllowedError",
    "ModelRetiredError",
    "NotFoundError",
    "NotSaved",
    "PermissionDeniedError",
    "PictureInput",
    "PriceRange",
    "RateLimitError",
    "Request",
    "RequestOptions",
    "Response",
    "Result",
    "SegmindClient",
    "SegmindError",
    "ServiceUnavailableError",
    "StatusError",
    "TextResult",
    "UndocumentedWarning",
    "UnprocessableError",
    "UnreadableResponse",
    "ValidationError",
    "VideoResult",
    "Violation",
    "__version__",
    "run",
    "run_sync",
    "submit_async",
]


def _loaded_by(code: str, *path: str) -> set[str]:
    """Return the modules that a fresh interpreter has imported after `code`, without its initial ones."""
    listing = f"import sys; before = set(sys.modules)\n{code}\nprint(*set(sys.modules) - before)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([*path, str(PACKAGE.parent)])}
    done = subprocess.run([sys.executable, "-c", listing], capture_output=True, text=True, check=True, env=environment)
    return set(done.stdout.split())


def test_import_loads_nothing_heavy() -> None:
    loaded = _loaded_by("from segmind_client import *")
    heavy = {"httpx2", "pydantic", "dataclasses", "inspect", "asyncio", "ssl", "argparse", "difflib", "logging"}
    slow = {"random", "datetime", "urllib.parse", "threading", "hashlib", "email", "typing_extensions", "pathlib"}
    assert loaded & (heavy | slow) == set()
    assert not [name for name in loaded if ".models." in name or ".resources." in name or ".types." in name]


def test_import_alone_loads_next_to_nothing() -> None:
    loaded = _loaded_by("import segmind_client")
    assert {name for name in loaded if name.startswith("segmind_client.")} == {"segmind_client._version"}
    assert loaded & {"typing", "json", "re"} == set()


def test_an_unknown_name_of_the_package_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nope'"):
        segmind_client.nope  # type: ignore[attr-defined]  # noqa: B018
    assert set(PUBLIC) | {"errors"} <= set(dir(segmind_client))


def test_using_one_model_loads_no_other() -> None:
    code = "import segmind_client as s\ns.SegmindClient('key').tinysd1_5_txt2img"
    assert [name for name in _loaded_by(code) if ".spec.models." in name] == [
        "segmind_client.spec.models.tinysd1_5_txt2img"
    ]


def test_the_package_exports_the_public_names_only() -> None:
    assert sorted(PUBLIC) == segmind_client.__all__
    for name in PUBLIC:
        assert getattr(segmind_client, name).__class__
    exported = {name for name in vars(segmind_client) if not name.startswith("_")}
    modules = {name for name in exported if inspect.ismodule(getattr(segmind_client, name))}
    assert exported - modules - {"TYPE_CHECKING"} == set(PUBLIC) - {"__version__"}


def test_the_names_and_parameters_of_the_official_sdk_exist() -> None:
    import segmind
    import segmind.v2

    for name in ("run", "run_sync", "submit_async", "SegmindClient"):
        assert hasattr(segmind, name)
    for name in ("AsyncJob", "InferenceFailed", "InferenceTimeout"):
        assert hasattr(segmind.v2, name) and hasattr(segmind_client, name)
    theirs = list(inspect.signature(segmind.SegmindClient).parameters)
    assert list(inspect.signature(segmind_client.SegmindClient).parameters)[: len(theirs)] == theirs
    for method in ("wait", "status", "result"):
        parameters = [
            {p.name: p.default for p in inspect.signature(getattr(job, method)).parameters.values()}
            for job in (segmind.v2.AsyncJob, segmind_client.AsyncJob)
        ]
        assert parameters[1] == parameters[0]
    for slot in ("request_id", "status_url", "response_url", "submit_response"):
        assert hasattr(segmind_client.AsyncJob, slot)


def test_client_and_mock_have_one_version() -> None:
    from segmind_client._version import VERSION

    assert segmind_client.__version__ == VERSION == __version__


@pytest.mark.parametrize("module", MODULES)
def test_imports_are_relative(module: str) -> None:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not any(alias.name.startswith("segmind") for alias in node.names)
        if isinstance(node, ast.ImportFrom) and not node.level:
            assert not (node.module or "").startswith("segmind")


@pytest.mark.parametrize("module", [name for name in MODULES if not name.startswith("spec/models/")])
def test_no_module_is_too_long_to_read(module: str) -> None:
    assert len((PACKAGE / module).read_text(encoding="utf-8").splitlines()) <= 350


def test_every_public_name_has_a_docstring() -> None:
    missing = []
    for name in PUBLIC:
        target = getattr(segmind_client, name)
        if not callable(target):
            continue
        members = vars(target).items() if inspect.isclass(target) else ()
        own = [(key, value) for key, value in members if not key.startswith("_")]
        described = [(f"{name}.{key}", value) for key, value in own if callable(value) or isinstance(value, property)]
        missing += [label for label, value in [(name, target), *described] if not inspect.getdoc(value)]
    assert missing == []


def test_every_module_has_a_docstring() -> None:
    # Modules made by datamodel-code-generator have none, and `__main__` needs none.
    ours = [name for name in MODULES if not name.startswith(("types/", "pydantic_models/")) and name != "__main__.py"]
    assert [name for name in ours if not ast.get_docstring(ast.parse((PACKAGE / name).read_text("utf-8")))] == []


def test_a_copy_under_another_name_works_beside_the_original(server: str, tmp_path: Path) -> None:
    """A copy three levels deep works together with the original in one process."""
    inner = tmp_path / "app" / "vendored" / "deep"
    shutil.copytree(PACKAGE, inner / "pictures", ignore=shutil.ignore_patterns("__pycache__"))
    code = f"""
import app.vendored.deep.pictures as copy, segmind_client as original
import app.vendored.deep.pictures.cli
payload = dict(prompt="x", sampler="euler", scheduler="normal", width=64, height=64)
for package in (copy, original):
    with package.SegmindClient("SG_copy", {server!r}) as client:
        image = client.stable_diffusion_3_5_large_txt2img.generate(**payload)
        assert isinstance(image, package.ImageResult) and image.width == 64
    try:
        client.run("stable-diffusion-3.5-large-txt2img")
    except package.ValidationError as error:
        assert not isinstance(error, (original if package is copy else copy).SegmindError)
assert copy.SegmindClient is not original.SegmindClient
import warnings
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    with copy.SegmindClient("SG_copy", {server!r}) as client:
        client.stable_diffusion_3_5_large_txt2img.generate(**(payload | dict(sampler="brand_new")))
assert [w.filename for w in caught] == ["<string>"], [w.filename for w in caught]
assert app.vendored.deep.pictures.cli.main([]) == 0
"""
    loaded = _loaded_by(code, str(tmp_path))
    assert "app.vendored.deep.pictures.client" in loaded
    alone = _loaded_by("import app.vendored.deep.pictures", str(tmp_path))
    assert not [name for name in alone if name.startswith("segmind")]


def test_every_module_can_be_imported_alone() -> None:
    for info in pkgutil.walk_packages([str(PACKAGE)], "segmind_client."):
        if not info.name.endswith("__main__"):
            importlib.import_module(info.name)


def test_the_package_has_py_typed() -> None:
    assert (PACKAGE / "py.typed").is_file()
