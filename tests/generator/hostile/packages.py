"""Workspaces of invented models under the real templates, from which whole packages are made."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.generator.conftest import REPOSITORY


def spec(slug: str, properties: Mapping[str, object], **more: object) -> dict[str, Any]:
    return {
        "slug": slug,
        "title": "A model",
        "summary": "It draws.",
        "task": "draw",
        "pages": ["page"],
        "sync": {"method": "POST", "path": f"/v1/{slug}"},
        "async": {"method": "POST", "path": f"/v2/{slug}"},
        "input": {"type": "object", "required": [], "properties": properties},
        "output": {"media": "image"},
        "example": {},
        **more,
    }


def workspace(root: Path, *specs: Mapping[str, object]) -> Path:
    """The real templates with these models, and with the real platform, but for its name and titles."""
    shutil.copytree(REPOSITORY / "templates", root / "templates")
    shutil.copytree(REPOSITORY / "specs/schema", root / "specs/schema")
    (root / "requirements.lock").write_bytes((REPOSITORY / "requirements.lock").read_bytes())
    platform = (REPOSITORY / "specs/segmind/platform.yaml").read_text()
    platform = platform.partition("\nerrata:")[0] + "\n"
    platform = re.sub("(?m)^name: .*", r'name: "%(prog)s %d </b>\\e[31m"', platform)
    platform, titles = re.subn(r"\btitle: [^,\n]*", "title: '<script>a()</script>é'", platform)
    assert titles > 5
    (root / "specs/segmind/models").mkdir(parents=True)
    (root / "specs/segmind/platform.yaml").write_text(platform)
    for each in specs:
        escaped = re.sub(r"[^ -~]", lambda sign: f"\\U{ord(sign[0]):08x}", json.dumps(each, ensure_ascii=False))
        (root / f"specs/segmind/models/{each['slug']}.yaml").write_text(escaped)
    return root
