"""Identifiers: unique, valid everywhere, and the same for ever."""

from __future__ import annotations

import keyword

import pytest

from pagewright.rendering import names
from tests.material import catalogue_slugs, reserved


@pytest.fixture(scope="module")
def slugs() -> list[str]:
    """The slugs of the provider's catalogue."""
    return catalogue_slugs()


def test_every_slug_of_the_catalogue_gets_its_own_identifier(slugs: list[str]) -> None:
    assert len(set(slugs)) == len(slugs) == 507
    named = names.model_names(slugs, reserved())
    assert len({names.collision_key(name, reserved()) for name in named.values()}) == 507
    for slug, name in named.items():
        assert name.isidentifier() and name.isascii() and name == name.lower(), slug
        assert not keyword.iskeyword(name) and not name.startswith("_"), slug
        assert names.class_name(name, reserved()).isidentifier(), slug


def test_a_name_of_the_catalogue_depends_on_its_own_slug_alone(slugs: list[str]) -> None:
    whole = names.model_names(slugs, reserved())
    assert whole == names.model_names(reversed(slugs), reserved())
    renamed = [slug for slug in slugs if whole[slug] != names.model_name(slug, reserved())]
    assert all("_x" in whole[slug] for slug in renamed)
    assert len(renamed) < 5


@pytest.mark.parametrize(
    ("slug", "name"),
    [
        ("acme-paint-1.5", "acme_paint_1_5"),
        ("Acme_Paint", "acme_paint"),
        ("4x-upscale", "model_4x_upscale"),
        ("import", "import_"),
        ("match", "match_"),
        ("print", "print_"),
        ("run", "run_"),
        ("timeout", "timeout_"),
        ("con", "con_"),
        ("ＡＣＭＥ", "acme"),
        ("acme--paint", "acme_paint"),
        ("___", "model_xbda2"),
    ],
)
def test_names_of_known_slugs_never_change(slug: str, name: str) -> None:
    assert names.model_name(slug, reserved()) == name


@pytest.mark.parametrize(
    ("wire", "keyword_argument"),
    [("steps", "steps"), ("Seed", "Seed"), ("class", "class_"), ("self", "self_"), ("options", "options_"),
     ("cfg-scale", "cfg_scale"), ("2nd", "parameter_2nd"), ("__init__", "init"), ("timeout", "timeout"),
     ("日本", "parameter_xcf2a"), ("ｓｔｅｐｓ", "steps"), ("a b", "a_b"), ("None", "None_")],
)  # fmt: skip
def test_keywords_are_frozen(wire: str, keyword_argument: str) -> None:
    assert names.parameter_keyword(wire, reserved()) == keyword_argument


def test_models_that_fold_to_one_name_are_told_apart_and_the_first_keeps_it() -> None:
    named = names.model_names(["a.b", "a-b", "A_B"], reserved())
    assert named["A_B"] == "a_b"
    assert len(set(named.values())) == 3


def test_a_pinned_name_is_kept_and_the_others_give_way() -> None:
    named = names.model_names(["acme", "other"], reserved(), {"other": "acme"})
    assert named["other"] == "acme"
    assert named["acme"].startswith("acme_x")


def test_parameters_that_fold_to_one_name_are_told_apart() -> None:
    wire = ["a-b", "a_b", "a b", "_a_b", "_", "__", "a", "A", "_a", "1", "日", "本", "help", "-help"]
    for made in (
        names.parameter_keywords(wire, reserved()),
        names.constant_names(wire, reserved()),
        names.option_names(wire, reserved()),
    ):
        assert len(set(made.values())) == len(wire)
    assert names.parameter_keywords(wire, reserved())["a_b"] == "a_b"
    assert all(name.isidentifier() for name in names.parameter_keywords(wire, reserved()).values())
    assert all(name.isidentifier() and name.startswith("_") for name in names.constant_names(wire, reserved()).values())
    options = names.option_names(wire, reserved())
    assert not set(options.values()) & reserved().options
    assert all(option[0].isalpha() and not option.endswith("-") for option in options.values())


def test_classes_and_files_differ_whatever_their_case() -> None:
    slugs = ["a-b", "ab", "A-B", "none", "no-ne", "picture", "Pic-ture", "x" * 100, "X" * 99 + "-"]
    named = names.model_names(slugs, reserved())
    for made in (named.values(), [names.class_name(name, reserved()) for name in named.values()]):
        assert len({name.casefold() for name in made}) == len(slugs)


def test_no_option_switches_another_one_off() -> None:
    wire = ["x", "no-x", "No_X", "param-no-x", "no-", "no"]
    options = names.option_names(wire, reserved()).values()
    assert len({*options, *(f"no-{option}" for option in options)}) == 2 * len(wire)


def test_names_with_equal_suffixes_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_suffix", lambda text, length=4: "x" + "0" * length)
    assert len(set(names.model_names(["a-b", "a.b", "a_b", "a--b"], reserved()).values())) == 4


def test_a_newer_python_renames_nothing() -> None:
    assert set(keyword.kwlist) <= names._KEYWORDS
    assert names.model_name("type", reserved()) == "type_"
