"""The providers whose contract suites are tested with mutants: their specs, contracts and mocks."""

from __future__ import annotations

import atexit
import importlib
import shutil
import sys
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

from generated.segmind.contract.cases import Case, model_cases, platform_cases
from generated.segmind.contract.spec.contract import Contract
from generated.segmind.contract.spec.contract import load as load_contract
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog
from pagewright.workspace import Provider, find_provider, open_workspace
from tests.media.conftest import make_lumen
from tests.providers.conftest import INVENTED, make_workspace

ROOT = Path(__file__).parents[3]
#: Lumen is Segmind's platform with invented models of every medium.
LUMEN = "lumen"
PROVIDERS = ("segmind", *INVENTED, LUMEN)
#: The models of Segmind for wrong mocks and wrong platforms: all sizes and formats, and squares with a price.
_SAMPLES = {"segmind": ("stable-diffusion-3.5-large-txt2img", "tinysd1.5-txt2img")}


@dataclass(frozen=True, eq=False)
class Subject:
    """A provider: the folder with specs and templates, the specs, the contract, and the package of its mock."""

    name: str
    root: Path
    catalog: Catalog
    contract: Contract
    mock: ModuleType

    @property
    def sample(self) -> Contract:
        """The contract of the models with which wrong mocks and wrong platforms are tested."""
        slugs = _SAMPLES.get(self.name)
        models = tuple(model for model in self.contract.models if slugs is None or model.slug in slugs)
        return Contract(self.contract.platform, models)

    def named(self, words: str) -> str:
        """Return the name of a mutant, which says whose it is."""
        return words if self.name == "segmind" else f"{self.name}, {words}"


@cache
def subject(name: str = "segmind") -> Subject:
    """Return a provider. An invented one is generated into a temporary folder first."""
    if name == "segmind":
        root, provider = ROOT, find_provider(open_workspace(ROOT))
    else:
        folder = tempfile.mkdtemp(prefix=f"{name}-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        root = Path(folder) / "workspace"
        if name == LUMEN:
            make_lumen(root)
        else:
            make_workspace(root, name).generate(name)
        provider = Provider(open_workspace(root), name)
        sys.path.append(str(root / "generated" / name / "python"))
    catalog = load(provider).catalog
    assert catalog is not None, f"the specs of {name} can't be read"
    contract = load_contract(root / "generated" / name / "contract")
    return Subject(name, root, catalog, contract, importlib.import_module(f"{name}_mock"))


@cache
def sample_cases(name: str = "segmind") -> list[Case]:
    """Return the cases for wrong mocks. Those that use most of the mock come first, since they find most."""
    contract = subject(name).sample
    cases = [case for model in contract.models for case in model_cases(contract.platform, model)]
    cases += platform_cases(contract.platform, contract.models[0])
    rank = {"job": 0, "example": 0, "failure": 0}
    return sorted(cases, key=lambda case: rank.get(case.check, 1))


@cache
def cases_of(name: str, slug: str) -> list[Case]:
    """Return the cases of one model of a provider."""
    contract = subject(name).contract
    return [case for model in contract.models if model.slug == slug for case in model_cases(contract.platform, model)]


@cache
def unchanged_cases(name: str) -> list[Case]:
    """Return every case of the provider's models."""
    contract = subject(name).contract
    return [case for model in contract.models for case in model_cases(contract.platform, model)]


def sample_contract(name: str = "segmind") -> Contract:
    """Return the contract of the models with which wrong mocks are tested."""
    return subject(name).sample
