"""Random combinations of edits of the page in `page_model`, for Hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from .page_model import Facts, Row

Draw = Callable[[st.SearchStrategy[Any]], Any]
#: Ways in which a person may lay out what is in the spec, each with comments.
_STYLES = {
    "      enum: [jpeg, 'png', webp]\n": "      enum:\n      - jpeg  # the usual one\n      # for logos\n      - 'png'\n      - webp\n",
    "  states: [QUEUED, PROCESSING, COMPLETED, FAILED]\n": (
        "  states: [QUEUED, PROCESSING,  # still at work\n    COMPLETED, FAILED]\n"
    ),
    "  required: [prompt]\n": "  required:\n    # nothing goes without it\n    - prompt\n",
    "    seed:\n      type: integer\n      description: Start value of the random numbers.\n      default: -1\n": (
        "    seed: {type: integer, description: 'Start, of all', default: -1}  # -1: by chance\n"
    ),
    "pricing: [{unit: call, amount: 0.006, average: true, basis: page}]\n": (
        "pricing:  # see the contract\n  - unit: call\n    amount: 0.006   # in March\n    average: true\n    basis: page\n"
    ),
    '    "400": Bad Request\n': "    400: Bad Request  # ours, mostly\n",
    "output:\n": "\n# What comes back.\noutput:\n",
}
_NUMBERS = ("guidance", "num_inference_steps", "samples")
_NEW_NAMES = {
    "prompt": "text",
    "num_inference_steps": "steps",
    "guidance": "guidance_scale",
    "samples": "num_images",
    "seed": "random_seed",
    "style": "look",
    "image_format": "output_format",
}


def _row(facts: Facts, draw: Draw, idents: tuple[str, ...]) -> Row | None:
    rows = [row for row in facts.rows if row.id in idents]
    return draw(st.sampled_from(rows)) if rows else None


def _rename(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, tuple(_NEW_NAMES)):
        row.name = _NEW_NAMES[row.id]


def _rename_half(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("num_inference_steps", "samples")):
        if draw(st.booleans()):
            facts.sent_as[row.id] = row.name
            row.name = _NEW_NAMES[row.id]
        else:
            facts.sent_as[row.id] = _NEW_NAMES[row.id]


def _default(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, (*_NUMBERS, "seed", "width")):
        row.default = draw(st.sampled_from({"width": [768, 1536]}.get(row.id, [2, 3, 12, 20])))


def _bounds(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, (*_NUMBERS, "seed")):
        row.low, row.high = draw(st.sampled_from([(0, 30), (1, 8), (2, 50), (10, 60), (None, None)]))


def _description_rules(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("width",)):
        row.text = draw(
            st.sampled_from(
                [
                    "Width of the image, between 256 and 2048 in multiples of 16",
                    "Width of the image, between 512 and 1536 in multiples of 8",
                    "Width of the image in multiples of 8",
                    "Width of the image",
                ]
            )
        )


def _values(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("style", "image_format")):
        others = ["noir", "dawn"] if row.id == "style" else ["avif", "gif"]
        first = "natural" if row.id == "style" else "jpeg"
        chosen = draw(st.lists(st.sampled_from([*row.values[1:], *others]), unique=True, max_size=4))
        row.values = [first, *chosen]
        row.total = draw(st.sampled_from([0, 8])) if row.id == "style" else 0


def _required(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("style", "seed", "samples", "image_format")):
        row.required = not row.required


def _type(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("guidance", "num_inference_steps", "samples", "seed")):
        row.kind = "number" if row.kind == "integer" else "integer"
        if row.kind == "integer" and isinstance(row.default, float):
            row.default = 5


def _remove(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, tuple(row.id for row in facts.rows if row.id != "prompt")):
        facts.rows.remove(row)
        if draw(st.integers(0, 3)):
            facts.sample.pop(row.id, None)


def _add(facts: Facts, draw: Draw) -> None:
    row = draw(
        st.sampled_from(
            [
                Row("upscale", "integer", "Factor of enlargement.", 1, 1, 4),
                Row("tiling", "boolean", "Make the edges meet.", True),
                Row("negative_prompt", "string", "What to leave out."),
                Row("scheduler", "string", "Order of the steps.", "euler", values=["euler", "ddim"]),
            ]
        )
    )
    if facts.row(row.id) is None:
        facts.rows.insert(draw(st.integers(1, len(facts.rows))), Row(**vars(row)))


def _order(facts: Facts, draw: Draw) -> None:
    facts.rows[1:] = draw(st.permutations(facts.rows[1:]))


def _words(facts: Facts, draw: Draw) -> None:
    if row := _row(facts, draw, ("prompt", "base64", "style", "seed")):
        row.text = "It is said in other words."


def _sample(facts: Facts, draw: Draw) -> None:
    change = draw(st.sampled_from(["prompt", "seed", "drop", "send", "steps"]))
    if change == "prompt":
        facts.sample["prompt"] = "red lights over a lake"
    elif change == "seed" and "seed" in facts.sample:
        facts.sample["seed"] = 8
    elif change == "drop":
        facts.sample.pop("guidance", None)
    elif change == "send" and facts.row("upscale"):
        facts.sample["upscale"] = 2
    elif change == "steps" and "num_inference_steps" in facts.sample:
        facts.sample["num_inference_steps"] = 15


def _price(facts: Facts, draw: Draw) -> None:
    facts.price = draw(st.sampled_from(["0.009", "0.004"]))


def _latency(facts: Facts, draw: Draw) -> None:
    facts.latency = draw(st.sampled_from(["3.1", "17.25"]))


def _returns(facts: Facts, draw: Draw) -> None:
    facts.returns = draw(st.sampled_from(["image/png", "image/webp"]))


def _states(facts: Facts, draw: Draw) -> None:
    if draw(st.booleans()):
        facts.states = {"CANCELLED" if state == "QUEUED" else state: text for state, text in facts.states.items()}
    else:
        facts.states["EXPIRED"] = "Too old"


def _statuses(facts: Facts, draw: Draw) -> None:
    change = draw(st.sampled_from(["new", "gone", "title"]))
    if change == "new":
        facts.statuses[403] = "Forbidden"
        facts.statuses = dict(sorted(facts.statuses.items()))
    elif change == "gone":
        facts.statuses.pop(429, None)
    else:
        facts.statuses[406] = "Payment Required"


def _path(facts: Facts, draw: Draw) -> None:
    facts.path = draw(st.sampled_from(["/v1/models/acme-aurora", "/v9/acme-aurora", "/run/acme-aurora/now"]))


def _banner(facts: Facts, draw: Draw) -> None:
    facts.banner = "This model is deprecated and will be removed on 2027-01-31."


EDITS = (
    _rename,
    _rename_half,
    _default,
    _bounds,
    _description_rules,
    _values,
    _required,
    _type,
    _remove,
    _add,
    _order,
    _words,
    _sample,
    _price,
    _latency,
    _returns,
    _states,
    _statuses,
    _path,
    _banner,
)


@st.composite
def edited_facts(draw: Draw) -> Facts:
    """Return the facts of the page after one to six edits, each of which may touch what another one did."""
    facts = Facts()
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=6)):
        edit(facts, draw)
    for row in facts.rows:
        if row.low is not None and row.high is not None and isinstance(row.default, (int, float)):
            # A page whose default is outside of its range is another matter: see the drafts' reviews.
            row.default = min(max(row.default, row.low), row.high)
    return facts


@st.composite
def styled(draw: Draw, text: str) -> str:
    """Return the text of the spec with other layouts in some places, and perhaps other ends of lines."""
    for plain, other in _STYLES.items():
        assert plain in text, plain
        if draw(st.booleans()):
            text = text.replace(plain, other)
    return text.replace("\n", "\r\n") if draw(st.booleans()) else text
