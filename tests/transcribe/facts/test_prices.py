"""Prices and times above the sample: what each form of them becomes in the spec, and what is reviewed."""

from __future__ import annotations

from pathlib import Path

import pytest

from pagewright.specs.metaschema import Checker
from pagewright.transcribe.write import to_yaml
from pagewright.workspace import open_workspace
from tests.material import ROOT
from tests.transcribe.invented import drafted, page, reviews_of


def rate(unit: str, **facts: object) -> dict[str, object]:
    return {"unit": unit, **facts, "basis": "page"}


@pytest.mark.parametrize(
    ("printed", "price"),
    [
        ("$0.004", 0.004),
        ("$0.0042", 0.0042),
        ("$1.2345", 1.2345),
        ("$0.12 Playground API Pricing", 0.12),
        ("$ 0.02", 0.02),
        ("USD 0.02", 0.02),
        ("0.02 USD", 0.02),
        ("Price: $0.02", 0.02),
        ("$1,234.50", 1234.5),
        ("$0.05 per request", 0.05),
        ("$0.05 / call", 0.05),
        ("$.05", 0.05),
        ("$\u202f0.004", 0.004),
    ],
)
def test_one_price_of_one_call(printed: str, price: float) -> None:
    result = drafted(page(head=f"~3.20s\n{printed}"))
    assert result.spec["price_usd"] == price
    assert "pricing" not in result.spec
    assert result.reviews == []


@pytest.mark.parametrize(
    ("printed", "rates"),
    [
        ("~$0.006", [rate("call", amount=0.006, average=True)]),
        ("~$\u00a00.006", [rate("call", amount=0.006, average=True)]),
        ("about $0.006 per image", [rate("image", amount=0.006, average=True)]),
        ("$0.004/image", [rate("image", amount=0.004)]),
        ("$0.05 per second", [rate("second", amount=0.05)]),
        ("$0.05/sec", [rate("second", amount=0.05)]),
        ("$0.05 per second of video", [rate("second", of="output", amount=0.05)]),
        ("$0.05 per megapixel", [rate("megapixel", amount=0.05)]),
        ("$0.05/MP", [rate("megapixel", amount=0.05)]),
        ("$3 per 1M tokens", [rate("token", per=1_000_000, amount=3.0)]),
        ("$0.01 per 1,000 characters", [rate("character", per=1000, amount=0.01)]),
        ("$0.28 - $1.96 per generation", [rate("call", minimum=0.28, maximum=1.96)]),
        ("$0.28\u20131.96", [rate("call", minimum=0.28, maximum=1.96)]),
        ("from $0.28", [rate("call", minimum=0.28)]),
        ("up to $2 per run", [rate("call", maximum=2.0)]),
        ("0,004 \u20ac", [rate("call", currency="EUR", amount=0.004)]),
        ("12 credits", [rate("call", currency="credits", amount=12.0)]),
        (
            "$0.50 per million input tokens\n$1.50 per million output tokens",
            [
                rate("token", per=1_000_000, of="input", amount=0.5),
                rate("token", per=1_000_000, of="output", amount=1.5),
            ],
        ),
    ],
)
def test_other_prices_are_kept_with_their_unit(printed: str, rates: list[dict[str, object]], tmp_path: Path) -> None:
    result = drafted(page(head=f"~3.20s\n{printed}"))
    assert "price_usd" not in result.spec
    assert result.spec["pricing"] == rates
    assert result.reviews == []
    path = tmp_path / "acme-lantern.yaml"
    path.write_text(to_yaml(result), encoding="utf-8")
    document, findings = Checker(open_workspace(ROOT)).read(path, path.name, "model.schema.json")
    assert (findings, document is None) == ([], False)


@pytest.mark.parametrize(
    ("printed", "says"),
    [
        ("$0.1 per banana", "the page states '$0.1 per banana', which was not read as a price"),
        ("Save $5 today", "the page states '$5 today', which was not read as a price"),
        ("$0.01\n$0.02", "the page states '$0.01', which was not read as a price"),
        ("$0.05 per second (480p)", "the price goes on with '(480p)', which was not read"),
        ("$0.05 to nobody", "the page states '$0.05 to nobody', which was not read as a price"),
    ],
)
def test_prices_that_are_not_sure_are_reviewed(printed: str, says: str) -> None:
    result = drafted(page(head=f"~3.20s\n{printed}"))
    assert "price_usd" not in result.spec or "goes on" in says
    assert says in reviews_of(result)
    assert f"# review: line {result.reviews[0].line}:" in to_yaml(result)


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [("~3.20s", 3.2), ("~3,20s", 3.2), ("~1m 20s", 80.0), ("350ms", 0.35), ("~2 min", 120.0), ("Latency: 4 s", 4.0)],
)
def test_usual_times_are_read(printed: str, seconds: float) -> None:
    result = drafted(page(head=f"{printed}\n$0.004"))
    assert result.spec["latency_s"] == seconds
    assert result.reviews == []


@pytest.mark.parametrize(
    ("printed", "seconds"),
    [
        ("2-4 s", 4.0),
        ("~2-4s", 4.0),
        ("2s - 4s", 4.0),
        ("~2s to ~4s", 4.0),
        ("Latency: 1–2 min", 120.0),
        ("about 200 to 400 ms", 0.4),
    ],
)
def test_of_a_range_of_times_the_upper_end(printed: str, seconds: float) -> None:
    result = drafted(page(head=f"{printed}\n$0.004"))
    assert result.spec["latency_s"] == seconds
    assert ["its upper end was taken" in review for review in reviews_of(result, "/latency_s")] == [True]


def test_a_sentence_about_seconds_is_no_time() -> None:
    assert "latency_s" not in drafted(page(head="Makes a 5 s clip.\n$0.004")).spec
    assert "latency_s" not in drafted(page(head="Makes clips of 5 - 10 s.\n$0.004")).spec
