"""Open reviews in a workspace's specs, and notes on its own files that replace installed ones, or fail to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ..comparing.diff import compare
from ..findings import Finding
from ..workspace import MODELS, TEMPLATES, Provider, Workspace
from .document import content_of, read_document

_REVIEW = re.compile(r"\s*#\s*review:\s*(.*)")


def open_reviews(provider: Provider) -> Iterator[Finding]:
    """Yield a finding for each `# review:` comment in the workspace's own specs: a person has to decide, and delete it."""
    own = [*provider.slugs.values(), provider.platform]
    for path in own:
        if not path.is_relative_to(provider.root) or not path.is_file():
            continue
        for number, words in review_comments(path):
            message = f"review: {words.strip().rstrip('.')}. Decide, and delete the comment."
            yield Finding(provider.workspace.origin(path), number, 1, "R001", "open-review", message)


def review_comments(spec: Path) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each `# review:` comment in a spec."""
    for number, line in enumerate(spec.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        if found := _REVIEW.match(line):
            yield number, found[1]


def replaced_specs(provider: Provider) -> Iterator[Finding]:
    """Yield a note for each spec of the workspace's own that replaces an installed one, with what differs."""
    if provider.installed is None:
        return
    for slug, path in provider.slugs.items():
        installed = provider.installed / MODELS / f"{slug}.yaml"
        if path == installed or not installed.is_file():
            continue
        old, new = (read_document(str(each), content_of(each))[0] for each in (installed, path))
        if old is None or new is None:
            continue
        changes = [
            f"{change.kind} {change.name} ({change.message})" for change in compare({slug: old.data}, {slug: new.data})
        ]
        differs = "; ".join(changes) or "nothing differs, so that it can be deleted"
        message = f"replaces the spec of {slug} that comes with pagewright: {differs}."
        yield _note(provider.workspace, path, "N010", "replaces-installed", message)


def undeclared_templates(workspace: Workspace) -> Iterator[Finding]:
    """Yield a note for each file that looks like a template of the workspace's own, and that no setting declares."""
    for name in workspace.undeclared_templates:
        message = f"is not used: pagewright.toml does not list it under `templates`. Add {name.rpartition('/target.yaml')[0] or name!r}."
        yield _note(workspace, workspace.root / TEMPLATES / name, "N011", "undeclared-template", message)


def _note(workspace: Workspace, path: Path, code: str, name: str, message: str) -> Finding:
    return Finding(workspace.origin(path), 1, 1, code, name, message)
