"""Calls of a consumer's code held against the validators of the new specs."""

from __future__ import annotations

import difflib
import importlib.util
import itertools
import os
import sys
import tempfile
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from ...errors import INTERNAL, PagewrightError
from ...findings import Finding
from ...rendering.views import catalog_names
from ..package import Package, SpecSource, make
from ..record import Record
from .call_sites import Argument, CallSite, UndecidedCall, find
from .naming import NameTable
from .own_edits import edited_files_with_calls
from .renamed import renamed_keywords
from .sources import CalledPackage, Sources
from .surface import surface_of
from .values import MOST_VALUES, Possible

_FOLDER = "spec"
_numbers = itertools.count()
#: Where a call stands: file, line and column.
_Place = tuple[Path, int, int]


class NoFacts(PagewrightError):
    """The vendored target has no module of facts."""

    status = INTERNAL


@dataclass(slots=True)
class CheckResult:
    """Result for all calls. `findings` are refused by the new version; `notes` say what could not be judged, or only
    in part; each is there once. `calls` counts those looked at, `undecided` those that could not be judged at all."""

    findings: list[Finding] = field(default_factory=list[Finding])
    notes: list[Finding] = field(default_factory=list[Finding])
    calls: int = 0
    undecided: int = 0
    files: int = 0


@dataclass(slots=True)
class _Called:
    """A package with what was vendored of it, and its calls."""

    folder: Path | None
    record: Record | None
    before: Mapping[str, str]
    sites: list[CallSite | UndecidedCall]

    def has(self, model: str, now: Mapping[str, str]) -> bool:
        return self.record is None or model in self.before or now.get(model) in self.record.models


def check_calls(
    source: SpecSource, sources: Sources, packages: Iterable[tuple[CalledPackage, Record | None]]
) -> CheckResult:
    """Looks at every call of the packages in the sources. Where a package has no record all models of the specs count as
    vendored in it."""
    now = {str(name): slug for slug, name in catalog_names(source.catalog, source.reserved).items()}
    surface = surface_of(source)
    called: list[_Called] = []
    for package, record in packages:
        before = {origin.name: slug for slug, origin in record.models.items()} if record else {}
        called.append(
            _Called(
                package.folder,
                record,
                before,
                list(find(sources, NameTable(sources, package, surface), {*now, *before})),
            )
        )
    _allot_guesses(called, now)
    sites = [site for each in called for site in each.sites]
    known = {model.slug for model in source.catalog.models}
    wanted = {now.get(call.model, call.slug) for call in sites if isinstance(call, CallSite)} & known
    findings: list[Finding] = []
    notes: list[Finding] = []
    undecided: set[_Place] = set()
    with _facts(source, wanted) as facts:
        for each in called:
            judge = _Judge(facts, now, each.before, known, each.record, each.folder)
            for site in each.sites:
                if isinstance(site, UndecidedCall):
                    undecided.add(_place(site))
                    notes.append(_finding(site, "N001", "not-judged", f"could not be judged: {site.why}."))
                    continue
                for finding in judge.look_at(site):
                    (notes if finding.code.startswith("N") else findings).append(finding)
                    if finding.code == "N001":
                        undecided.add(_place(site))
    for each in called:
        if each.folder and each.record:
            for path in edited_files_with_calls(each.folder, each.record, surface.methods | surface.runners):
                why = "it is an edited file of the package, whose own calls are not judged"
                notes.append(Finding(_shown(path), 1, 1, "N003", "not-read", f"{why}."))
    for file in sources.unparsed:
        notes.append(Finding(_shown(file.path), file.line, 1, "N003", "not-read", f"{file.why}."))
    return CheckResult(
        list(dict.fromkeys(findings)),
        list(dict.fromkeys(notes)),
        calls=len({_place(site) for site in sites}),
        undecided=len(undecided),
        files=len(sources.trees),
    )


def _allot_guesses(called: Sequence[_Called], now: Mapping[str, str]) -> None:
    """Leaves a guessed call to the packages that have the model, and out where another one is called beyond doubt."""
    sure: set[_Place] = set()
    owned: set[_Place] = set()
    for each in called:
        for site in each.sites:
            if isinstance(site, UndecidedCall) or not site.guess:
                sure.add(_place(site))
            elif each.has(site.model, now):
                owned.add(_place(site))
    for each in called:
        each.sites = [
            site
            for site in each.sites
            if isinstance(site, UndecidedCall)
            or not site.guess
            or (_place(site) not in sure and (_place(site) not in owned or each.has(site.model, now)))
        ]


@dataclass(slots=True)
class _Judge:
    facts: Mapping[str, Any]
    now: Mapping[str, str]
    before: Mapping[str, str]
    known: Collection[str]
    record: Record | None
    folder: Path | None
    renamed: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def look_at(self, call: CallSite) -> Iterator[Finding]:
        """Yield the findings about a call. Those with the code N001 say what could not be judged."""
        vendored = self.record.models if self.record else self.known
        slug = call.slug or self.now.get(call.model) or self.before.get(call.model, "")
        what = slug or call.model
        if slug in vendored and slug not in self.known:
            yield _finding(call, "C001", "removed-model", f"{what}: no spec describes this model any more.")
        elif call.model and call.model not in self.now:
            renamed = next((name for name, new in self.now.items() if new == slug), None)
            near = [renamed] if renamed else difflib.get_close_matches(call.model, list(self.now), 1, 0.6)
            yield _finding(
                call,
                "C001",
                "unknown-model",
                f"{call.model}: is not a model of this client.{_hint(near[0] if near else None)}",
            )
        elif slug not in self.known:
            near = difflib.get_close_matches(slug, sorted(vendored), 1, 0.8)
            if near:
                yield _finding(call, "C001", "unknown-model", f"{slug}: no spec describes it.{_hint(near[0])}")
            else:
                message = f"{slug}: could not be judged: no spec describes it; it is called unchecked."
                yield _finding(call, "N001", "not-judged", message)
        elif slug not in vendored and call.model:
            message = f"{slug}: is not in this package; `pagewright vendor update --model` can add it."
            yield _finding(call, "C001", "unknown-model", message)
        elif slug not in vendored:
            message = f"{slug}: could not be judged: it is not in this package; it is called unchecked."
            yield _finding(call, "N001", "not-judged", message)
        else:
            yield from self._arguments(call, slug, self.facts[slug])

    def _arguments(self, call: CallSite, slug: str, model: Any) -> Iterator[Finding]:
        if call.positional:
            message = f"{slug}: parameters are given by keyword; {call.positional} stand without one."
            yield _finding(call, "C004", "positional", message)
        by_keyword = {parameter.keyword: parameter for parameter in model.parameters.values()}
        accepted = by_keyword if call.model else model.parameters
        given: set[str] = set(call.extra)
        named: dict[str, Argument] = {}
        for argument in call.arguments:
            parameter = accepted.get(argument.name)
            if parameter is None:
                # By name on the wire an unknown parameter is sent all the same, with a warning.
                code, word = (
                    ("C002", "is not a parameter of the model") if call.model else ("N002", "is not documented")
                )
                message = f"{slug}: {argument.name}: {word}.{self._instead(slug, model, argument.name, accepted)}"
                yield _finding(argument, code, "unknown-parameter", message, call.path)
                continue
            given.add(parameter.name)
            named[parameter.name] = argument
        possible = {name: _sent(model.parameters[name], argument.value) for name, argument in named.items()}
        payload = {name: each.values[0] for name, each in possible.items() if each.values}
        for violation in model.validate(payload):
            name = violation.parameter.partition("/")[0]
            if violation.rule == "required" and (violation.parameter in given or (call.open and name not in payload)):
                continue
            if violation.rule == "required" and "/" not in violation.parameter:
                yield _finding(call, "C003", "missing-parameter", f"{slug}: {violation}", call.path)
            elif name not in named:
                yield _finding(call, "C004", "refused-value", f"{slug}: {violation}", call.path)
        for name, argument in named.items():
            yield from self._values(call, slug, model, payload, argument, name, possible[name])
        if call.open:
            seen = "its other arguments were judged" if call.arguments else "nothing of it could be judged"
            yield _finding(call, "N001", "not-judged", f"{slug}: could not be judged: {call.open}; {seen}.")

    def _instead(self, slug: str, model: Any, name: str, accepted: Collection[str]) -> str:
        """Return what to pass instead of an unknown parameter, for the end of a message; empty if nothing is known."""
        if slug not in self.renamed:
            folder, record = self.folder, self.record
            self.renamed[slug] = renamed_keywords(folder, record, slug, model) if folder and record else {}
        new = self.renamed[slug].get(name)
        if new in accepted:
            return f" It was renamed to {new}."
        near = difflib.get_close_matches(name, list(accepted), 1, 0.6)
        return _hint(near[0] if near else None)

    def _values(
        self,
        call: CallSite,
        slug: str,
        model: Any,
        payload: Mapping[str, Any],
        argument: Argument,
        name: str,
        possible: Possible,
    ) -> Iterator[Finding]:
        """Yield the findings about the possible values of one argument."""
        refused: list[Any] = []
        unlisted: list[str] = []
        for value in possible.values:
            sent = {**payload, name: value}
            found = [each for each in model.validate(sent) if each.parameter.partition("/")[0] == name]
            if found:
                refused.append(found)
            unlisted += [
                str(each) for each in model.advise(sent) if each.parameter == name and each.rule == "known-value"
            ]
        whys = [possible.why] if possible.why and _is_limited(model.parameters[name].schema) else []
        if refused and (possible.certain or (len(refused) == len(possible.values) and not possible.why)):
            for violation in [each for found in refused for each in found]:
                missing = violation.rule == "required"
                code, kind = ("C003", "missing-parameter") if missing else ("C004", "refused-value")
                yield _finding(argument, code, kind, f"{slug}: {violation}", call.path)
        elif refused:
            whys.insert(0, f"it may be refused, {refused[0][0].message}")
        for text in unlisted:
            message = f"{slug}: could not be judged: {text}"
            yield _finding(argument, "N001", "not-judged", message, call.path)
        if whys:
            message = f"{slug}: {argument.name}: could not be judged: {'; '.join(whys)}."
            yield _finding(argument, "N001", "not-judged", message, call.path)


def _sent(parameter: Any, possible: Possible) -> Possible:
    """Return the possible values as they are validated: a parameter that takes a file takes a path or bytes, too, which the
    client turns into text; and of very many values the first ones."""
    values = possible.values
    if parameter.accepts:
        values = tuple(value for value in values if isinstance(value, str))
    if len(values) > MOST_VALUES:
        return Possible(
            values[:MOST_VALUES], possible.why or f"only the first {MOST_VALUES} values were judged", possible.certain
        )
    return Possible(values, possible.why, possible.certain)


def _is_limited(schema: Mapping[str, Any]) -> bool:
    """Return whether a value of the right type may be refused."""
    free = {"type", "title", "description", "default", "examples", "deprecated", "x-known-total"}
    limits = {
        key: value for key, value in schema.items() if key not in free and (key == "x-known-values" or key[:2] != "x-")
    }
    return limits not in ({}, {"minLength": 1})


@contextmanager
def _facts(source: SpecSource, slugs: Collection[str]) -> Generator[dict[str, Any], None, None]:
    """Return the new facts of these models, by slug. They are rendered to a temporary folder and imported from there."""
    if not slugs:
        yield {}
        return
    made: Package = make(source, sorted(slugs), (), below=f"{_FOLDER}/")
    name = f"_pagewright_facts_{next(_numbers)}"
    with tempfile.TemporaryDirectory() as folder:
        for path, content in made.files.items():
            place = Path(folder, path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        top = Path(folder, _FOLDER)
        spec = importlib.util.spec_from_file_location(name, top / "__init__.py", submodule_search_locations=[str(top)])
        if spec is None or spec.loader is None or not (top / "catalog.py").is_file():
            raise NoFacts(f"no target that can be vendored has {_FOLDER}/catalog.py in its package.")
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        try:
            spec.loader.exec_module(module)
            catalog = import_module(f"{name}.catalog")
            yield {slug: catalog.get(slug) for slug in slugs}
        finally:
            for each in [key for key in sys.modules if key == name or key.startswith(f"{name}.")]:
                del sys.modules[each]


def _place(site: CallSite | UndecidedCall) -> _Place:
    return site.path, site.line, site.column


def _finding(
    place: CallSite | UndecidedCall | Argument, code: str, name: str, message: str, path: Path | None = None
) -> Finding:
    where = path or (place.path if not isinstance(place, Argument) else Path())
    return Finding(_shown(where), place.line, place.column, code, name, message)


def _hint(name: str | None) -> str:
    return f" Did you mean {name}?" if name else ""


def _shown(path: Path) -> str:
    """Return the path relative to the current folder, as editors and annotations need it."""
    here = Path.cwd()
    return Path(os.path.relpath(path, here)).as_posix() if path.is_relative_to(here) else path.as_posix()


def summary(result: CheckResult) -> str:
    """Return a summary in one line."""
    calls, files, findings = result.calls, result.files, len(result.findings)
    return (
        f"{calls} {'call' if calls == 1 else 'calls'} in {files} {'file' if files == 1 else 'files'}: {findings} "
        f"{'finding' if findings == 1 else 'findings'}, {result.undecided} could not be judged."
    )
