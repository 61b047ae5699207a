"""Add a transcribed spec to the workspace and generate from it. If that fails, nothing changes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..errors import PagewrightError
from ..findings import Finding
from ..generate import Result, generate
from ..publishing.publish import write_own
from ..specs.load_and_lint import read_checked
from ..workspace import Provider
from ..workspace.schemas import write_schemas
from .changes.record import record_path, write_record
from .draft import Draft
from .write import to_yaml


class InstalledModel(PagewrightError):
    """The model is among the installed specs, which a draft must not replace. Nothing was written."""


class IncompletePage(PagewrightError):
    """The page was incomplete, so its draft can't become a spec. Nothing was written."""


@dataclass(slots=True)
class AddedModel:
    """Result of adding a spec at `path`.

    If it `exists` already, or with `findings`, nothing was written. `repaired` says that an earlier run was interrupted,
    and finished by this one.
    """

    path: str
    exists: bool = False
    findings: list[Finding] = field(default_factory=list[Finding])
    result: Result | None = None
    repaired: bool = False


def add_model(provider: Provider, draft: Draft) -> AddedModel:
    """Write the spec to the workspace's own folder and generate. A spec that exists already is left alone.

    Raises:
        IncompletePage: The page was not whole.
        InstalledModel: Another layer of the workspace has a spec of that model.
    """
    slug = draft.spec["slug"]
    refuse_installed(provider, slug)
    place = provider.models / f"{slug}.yaml"
    added = AddedModel(provider.workspace.origin(place))
    text = to_yaml(draft)
    # A name with a dot in front is no spec to anybody, should this be the last thing that the process does.
    part = place.with_name(f".{place.name}.part")
    added.repaired = part.exists()
    if place.exists():
        if _was_interrupted(provider, place, text, added):
            return added
        added.exists = True
        return added
    if not draft.complete:
        raise IncompletePage(
            "the page is not whole, so its spec is not, either; nothing was written. Save the whole page."
        )
    try:
        if not place.parent.is_dir():
            place.parent.mkdir(parents=True)
        write_own(part, text.encode())
        _keep_record(provider, draft)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)
    try:
        result = _generated(provider)
    except BaseException:
        _take_back(provider, place, draft)
        raise
    if result.findings or result.differences:
        _take_back(provider, place, draft)
        added.findings = result.findings
        if result.differences:
            folder = provider.workspace.origin(provider.generated)
            shown = ", ".join(difference.path for difference in result.differences)
            raise IncompletePage(f"files in {folder}/ were edited by hand ({shown}); nothing was written.")
    added.result = result
    write_schemas(provider.workspace, missing_only=True)
    return added


def refuse_installed(provider: Provider, slug: str) -> None:
    """Raise InstalledModel if the spec of a model is installed and not the workspace's own."""
    if slug in provider.slugs and not provider.slugs[slug].is_relative_to(provider.root):
        raise InstalledModel(
            f"{slug} is among the installed specs, which were gone through by people; a draft would replace its spec. Merge the "
            "page into it with pagewright transcribe PAGE --update, or make a client of it as it is with pagewright vendor add."
        )


def _keep_record(provider: Provider, draft: Draft) -> None:
    """Write what was read from the page. A record without a spec does no harm, so it comes first."""
    if draft.record is not None:
        write_record(provider, draft.record)


def _take_back(provider: Provider, place: Path, draft: Draft) -> None:
    """Remove the spec and the record, and the folders that were made for them."""
    place.unlink()
    _remove_empty(place.parent, provider.root)
    if draft.record is not None:
        record = record_path(provider, draft.record.page)
        record.unlink(missing_ok=True)
        _remove_empty(record.parent, provider.root)


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_relative_to(root) and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _generated(provider: Provider) -> Result:
    """Generate, if the workspace has a generated tree; otherwise see whether that could be done."""
    if provider.is_generated:
        return generate(provider)
    return Result(findings=read_checked(provider).findings)


def _was_interrupted(provider: Provider, place: Path, text: str, added: AddedModel) -> bool:
    """Return whether an earlier run wrote this spec and was interrupted before it had generated everything.

    If so, finish it.
    """
    if place.read_bytes() != text.encode("utf-8"):
        return False
    result = _generated(provider)
    if result.findings or result.differences or not (result.changes or result.repaired):
        return False
    added.result, added.repaired = result, True
    return True
