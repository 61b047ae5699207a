"""Render specs and templates to `{path: bytes}`, in memory. Knows nothing of where the files are written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from ..errors import PagewrightError
from ..specs.document import Document
from ..specs.spec import Catalog, Model
from ..workspace import TEMPLATES, Workspace, digest
from .filters import FILTERS, finalize
from .provenance import GENERATED, provenance, with_header
from .target import PER_MODEL, SUFFIX, ProviderNames, Target, TemplateFile
from .text import SpecObject, shield
from .views import catalog_names, model_view, platform_view

if TYPE_CHECKING:
    from .type_maker import TypesJob

PARTIALS = "_partials"
_KEPT_FILTERS = (
    "first",
    "join",
    "last",
    "length",
    "list",
    "map",
    "reject",
    "rejectattr",
    "select",
    "selectattr",
    "sort",
)


#: What a template may not look up as a spec's value without the sandbox: the methods of what shields it.
_METHODS = frozenset(dir(SpecObject))
_WHOLE = "spec text is printed as a whole: no slices, no methods"
#: A template without this word can't list the models: it is not given them.
_MODELS = re.compile(rb"\bmodels\b")


class BadTemplate(PagewrightError):
    """A template could not be rendered; the message names it, its line and what is wrong."""


@dataclass(frozen=True, slots=True)
class PlannedFile:
    """A file to generate: its path below `generated/`, its template and model, and a hash of everything that decides its bytes.

    It is made from one model if `model` is given; else from the platform, and with `lists_models` from all models too.
    """

    path: str
    target: Target
    source: TemplateFile
    model: Model | None
    lists_models: bool
    inputs: str

    @property
    def formatter(self) -> str | None:
        """The formatter that its target names for files of this suffix."""
        return self.target.formats.get(PurePosixPath(self.path).suffix)


def plan(
    workspace: Workspace, targets: Iterable[Target], catalog: Catalog, names: ProviderNames, generator: str
) -> list[PlannedFile]:
    """Return every file that the targets give for the catalogue, in order of path."""
    named = catalog_names(catalog, names.reserved)
    templates = {name: path.read_bytes() for name, path in workspace.templates.items()}
    contents = {key: digest(content) for key, content in templates.items()}
    partials = "".join(value for key, value in contents.items() if key.startswith(f"{PARTIALS}/"))
    specs = {model.slug: _spec_digest(model.document) for model in catalog.models}
    platform = _spec_digest(catalog.platform.document)
    provided = repr(sorted(names.table.items()))
    outputs: dict[str, PlannedFile] = {}
    for target in targets:
        for source in target.sources_for(catalog.platform.data):
            shared: tuple[str, ...] = (generator, digest(target.description), source.kind)
            shared = (*shared, source.template, contents.get(source.template, ""), provided)
            lists_models = not source.per_model and bool(_MODELS.search(templates.get(source.template, b"")))
            for model in catalog.models if source.per_model else (None,):
                if source.kind == "copy":
                    parts: tuple[str, ...] = shared
                elif model:
                    parts = (*shared, partials, platform, named[model.slug], specs[model.slug])
                elif lists_models:
                    parts = (*shared, partials, platform, *named.values(), *specs.values())
                else:
                    parts = (*shared, partials, platform)
                path = names.fill(source.path).replace(PER_MODEL, named[model.slug] if model else "")
                if path in outputs:
                    raise BadTemplate(f"{path} would come from {outputs[path].source.template} and {source.template}")
                outputs[path] = PlannedFile(
                    path, target, source, model, lists_models, digest("\0".join(parts).encode())
                )
    return [outputs[path] for path in sorted(outputs)]


class Renderer:
    """Renders outputs one at a time; templates are compiled and views are built once."""

    def __init__(self, workspace: Workspace, catalog: Catalog, names: ProviderNames, update: str = GENERATED) -> None:
        """`update` is the sentence of each file's header that says how to change the file."""
        self._workspace = workspace
        self._provided = names
        self._catalog = catalog
        self._update = update
        self._models = {model.slug: model for model in catalog.models}
        self._names = catalog_names(catalog, names.reserved)
        self._environment = _environment(workspace.templates, self._provided)
        self._view: Callable[[str], Any] = cache(self._build_view)

    def verbatim(self, output: PlannedFile) -> bytes | None:
        """Return the bytes of a copied file, below its header; None if it has to be rendered or names the provider."""
        if output.source.kind != "copy":
            return None
        content = self._source(output)
        if self._provided.occur_in(content):
            return None
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError:
            return content
        return self.with_header(output, text).encode("utf-8")

    def _source(self, output: PlannedFile) -> bytes:
        return self._workspace.templates[output.source.template].read_bytes()

    def provenance(self, output: PlannedFile) -> str:
        """Return the sentence that says what `output` is made from: its template if it is copied, else its specs.

        With them a template of the workspace's own is named, which replaces or joins the installed ones.
        """
        platform = self._catalog.platform.document.path
        template = f"{TEMPLATES}/{output.source.template}"
        if output.source.kind == "copy":
            made_from = template
        elif output.model:
            made_from = output.model.document.path
        else:
            made_from = platform.removesuffix("platform.yaml") if output.lists_models else platform
        if output.source.kind == "template" and self._workspace.overrides(output.source.template):
            made_from = f"{made_from} and {template}"
        return provenance(made_from, self._update)

    def with_header(self, output: PlannedFile, text: str) -> str:
        """Return a file with the header that says what it is made from."""
        return with_header(output.path, text, self.provenance(output))

    def identity(self, output: PlannedFile) -> tuple[str, str, str, str | None]:
        """Return a key that is equal for outputs with equal bytes, because they have the same template and model."""
        source, model = output.source, output.model
        return source.kind, source.template or source.path, output.formatter or "", model.slug if model else None

    def text(self, output: PlannedFile) -> str:
        """Return what a template or the type maker gives, below its header and before its layout.

        Raises:
            BadTemplate: The template could not be rendered.
        """
        return self.with_header(output, self._text(output))

    def is_types(self, output: PlannedFile) -> bool:
        """Return whether the type maker makes an output, and no template."""
        return output.source.kind not in ("copy", "template")

    def types_job(self, output: PlannedFile) -> TypesJob:
        """Return what the type maker needs to make an output.

        Raises:
            BadTemplate: It is not one of a model.
        """
        source, model = output.source, output.model
        if model is None:
            raise BadTemplate(f"{source.path}: types are made for each model; put {PER_MODEL} into the path")
        return source.kind, model, self._names[model.slug], self._provided.reserved

    def _text(self, output: PlannedFile) -> str:
        source, model = output.source, output.model
        if source.kind == "copy":
            return self._provided.fill(self._source(output).decode("utf-8"))
        if self.is_types(output):
            # Heavy, and needed by one kind of source only.
            from .schema_types import make_types

            return make_types(*self.types_job(output))
        context: dict[str, Any] = {
            "platform": platform_view(self._catalog.platform),
            "provenance": shield(self.provenance(output)),
        }
        if model:
            context["model"] = self._view(model.slug)
        elif output.lists_models:
            context["models"] = [self._view(model.slug) for model in self._catalog.models]
        try:
            return str(self._environment.get_template(source.template).render(context))
        except Exception as error:
            raise BadTemplate(f"{_place(error, source.template)}: {error or type(error).__name__}") from error

    def _build_view(self, slug: str) -> Any:
        return model_view(self._models[slug], self._names[slug], self._catalog.platform, self._provided.reserved)


def _environment_class() -> Any:
    """Return a sandboxed environment of Jinja in which spec text can only be printed as a whole."""
    from jinja2 import TemplateRuntimeError
    from jinja2.compiler import CodeGenerator
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Compiler(CodeGenerator):
        def visit_Slice(self, node: Any, frame: Any) -> None:
            # Slices are compiled to Python's own and so never reach `getitem`.
            self.fail(_WHOLE, node.lineno)

    class Environment(ImmutableSandboxedEnvironment):
        code_generator_class = Compiler

        def join_path(self, template: str, parent: str) -> str:
            """Refuse to include anything but partials: only those are part of the hash of a template's inputs."""
            if not template.startswith(f"{PARTIALS}/"):
                raise TemplateRuntimeError(
                    f"{template!r} can't be included: only what is in {TEMPLATES}/{PARTIALS}/ can"
                )
            return template

        def getitem(self, obj: Any, argument: Any) -> Any:
            _refuse_part_of_text(obj)
            return super().getitem(obj, argument)

        def getattr(self, obj: Any, attribute: str) -> Any:
            # What a spec holds is the most of what is looked up, and shielded: the sandbox has nothing to add.
            if type(obj) is SpecObject and attribute[0] != "_" and attribute not in _METHODS:
                try:
                    return getattr(obj, attribute)
                except AttributeError:
                    return self.undefined(obj=obj, name=attribute)
            _refuse_part_of_text(obj)
            return super().getattr(obj, attribute)

    def _refuse_part_of_text(obj: Any) -> None:
        # `(text|py)[1:-1]` would be the text again, without its quotes.
        if isinstance(obj, str):
            raise TemplateRuntimeError(_WHOLE)

    return Environment


def _environment(templates: Mapping[str, Path], names: ProviderNames) -> Any:
    from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, Undefined

    class Loader(BaseLoader):
        def get_source(self, environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
            if template not in templates:
                raise TemplateNotFound(template)
            path = templates[template]
            return names.fill(path.read_text(encoding="utf-8")), str(path), lambda: True

    def of_defined(emit: Callable[..., Any]) -> Callable[..., Any]:
        def emit_defined(value: Any, *arguments: Any, **options: Any) -> Any:
            if isinstance(value, Undefined):
                str(value)  # raises, naming what is not defined
            return emit(value, *arguments, **options)

        return emit_defined

    environment: Any = _environment_class()(
        loader=Loader(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
        autoescape=False,
        finalize=of_defined(finalize),
        extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do"],
    )
    # `indent`, `wordwrap`, `title` and their like would print spec text or turn its control characters into newlines.
    environment.filters = {name: environment.filters[name] for name in _KEPT_FILTERS} | {
        name: of_defined(emit) for name, emit in FILTERS.items()
    }
    remembered: dict[str, Any] = {}

    def once(name: str, make: Callable[..., Any], *arguments: Any) -> Any:
        """Return the output of a macro, rendered once per name: for text that is the same for every model."""
        if name not in remembered:
            remembered[name] = make(*arguments)
        return remembered[name]

    jinjas = {name: environment.globals[name] for name in ("namespace", "range")}
    environment.globals = {**jinjas, "once": once}
    return environment


def _place(error: BaseException, template: str) -> str:
    """Return the innermost template line of a traceback."""
    place = f"{TEMPLATES}/{template}"
    line = getattr(error, "lineno", None)
    if line:
        return f"{TEMPLATES}/{getattr(error, 'name', None) or template}:{line}"
    trace = error.__traceback__
    while trace:
        name = trace.tb_frame.f_code.co_filename
        if name.endswith(SUFFIX):
            inside = name.rpartition(f"{TEMPLATES}/")[2]
            place = f"{TEMPLATES}/{inside}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place


def _spec_digest(document: Document) -> str:
    return digest(repr(document.data).encode("utf-8", "surrogatepass"))
