"""Every fact of a page is read or reviewed; nothing that looks like a fact is dropped silently."""

from __future__ import annotations

import pytest

from pagewright.transcribe.draft import Draft, draft
from tests.material import segmind
from tests.transcribe.forms.test_forms import CASES, page_of
from tests.transcribe.invented import PROMPT, drafted, page, reviews_of, row


def read(old: str, new: str) -> Draft:
    page = page_of(CASES / "text-menu").decode().partition("Acme\n")[2]
    assert old in page
    return draft(page.replace(old, new), "acme.page", segmind())


def messages(result: Draft) -> str:
    return "\n".join(review.message for review in result.reviews)


@pytest.mark.parametrize("price", ["~$0.004/banana", "Get $5 of free credits", "$0.004 to €1 per second or so"])
def test_a_price_that_could_not_be_read(price: str) -> None:
    result = read("~$0.004", price)
    assert "price_usd" not in result.spec
    assert "was not read" in messages(result)


def test_a_price_with_a_space_that_does_not_break() -> None:
    assert read("~$0.004", "$\u00a00.004").spec["price_usd"] == 0.004


@pytest.mark.parametrize("dash", ["\u2011", "\u2010", "\u2212"])
def test_a_slug_with_a_typographic_dash_is_repaired_with_a_review(dash: str) -> None:
    result = read("acme-lantern", f"acme{dash}lantern")
    assert result.spec["slug"] == "acme-lantern"
    assert f"U+{ord(dash):04X}" in messages(result)


def test_statuses_after_other_line_ends() -> None:
    result = read("Common Error Codes\n\nSo.\n\n400\n\nBad", "Common Error Codes\n\nSo.\u2028400\u2028Bad")
    assert result.spec["responses"]["statuses"]["400"] == "Bad Request"


def test_a_list_of_statuses_that_cannot_be_read() -> None:
    result = read("400\n\nBad Request", "(400) ~ Bad Request")
    assert "400" in messages(result)


def test_labels_that_nobody_knows() -> None:
    result = read("Default: 0.5", "Ausgang: 0.5")
    assert "strength: its description holds" in messages(result)


def test_a_menu_instead_of_a_title() -> None:
    result = read("Acme Lantern Serverless API", "Home\nModels\nPricing\nBlog\nDocs")
    assert any(review.pointer == "/title" for review in result.reviews)


def test_typographic_signs_in_a_sample_are_flagged() -> None:
    result = read('"fog"', '"fog\u2014or rain"')
    assert result.spec["example"]["negative_prompt"] == "fog\u2014or rain"
    assert "U+2014" in messages(result)


def test_hidden_values_that_disagree_are_reviewed() -> None:
    page = page_of(CASES / "menus").decode()
    hidden = '<form><select name="height"><option>512</option><option>640</option></select></form>'
    result = draft(page.replace("</main>", f"{hidden}</main>"), "acme.page", segmind())
    assert result.spec["input"]["properties"]["height"]["enum"] == [512, 768, 1024]
    assert "height: the page's form does not have 768" in messages(result)


def test_a_form_completes_a_list_that_is_cut_short() -> None:
    page = page_of(CASES / "menus").decode()
    names = ["soft", "hard edge", "warm", "1:1", "cold", "blue", "wild"]
    hidden = f"<form><select name=style>{''.join(f'<option>{name}</option>' for name in names)}</select></form>"
    result = draft(page.replace("</main>", f"{hidden}</main>"), "acme.page", segmind())
    assert result.spec["input"]["properties"]["style"]["enum"] == names


@pytest.mark.parametrize(
    "said",
    [
        "Deprecated: use acme-lantern-2.",
        "Sunset on 2027-03-01.",
        "It has reached end of life.",
        "EOL on 2027-03-01.",
        "Discontinued.",
        "It is retired in March.",
        "It is no longer available.",
        "It will be replaced in March.",
        "It is shutting down.",
        "It is phased out.",
        "It was withdrawn.",
        "It is decommissioned.",
        "Obsolete.",
        "Superseded by acme-lantern-2.",
        "A legacy model.",
        "Please migrate to acme-lantern-2.",
        "It is going away.",
        "It stops working in March.",
    ],
)
def test_a_model_that_is_going_away(said: str) -> None:
    result = read("Draws lamplight.", said)
    (review,) = [review for review in result.reviews if "announces an end" in review.message]
    assert repr(said) in review.message


def test_a_list_of_texts_that_ran_together() -> None:
    glazes = row("glaze", "string", "The glaze.\n\nAllowed values :\nsaltashceladon")
    result = drafted(page(PROMPT, glazes))
    assert "several may have run together" in "\n".join(reviews_of(result, "/input/properties/glaze"))
    sent = drafted(page(PROMPT, glazes, sample={"prompt": "a pot", "glaze": "saltashceladon"}))
    assert "several may have run together" not in "\n".join(reviews_of(sent))


@pytest.mark.parametrize("step", ["Step: 0.05", "Step size: 0.05", "step: .05"])
def test_a_step(step: str) -> None:
    result = drafted(page(PROMPT, row("strength", "number", f"How strong.\n\nDefault: 0.5Range: 0 - 1{step}")))
    schema = result.spec["input"]["properties"]["strength"]
    assert (schema["default"], schema["minimum"], schema["maximum"]) == (0.5, 0, 1)
    assert "write multipleOf: " in "\n".join(reviews_of(result, "/input/properties/strength"))
