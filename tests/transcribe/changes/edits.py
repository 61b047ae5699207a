"""Fifty edits of the invented page: those that an alarm must tell of, and those on which it must keep quiet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .aurora import PAGE


@dataclass(frozen=True)
class PageEdit:
    """An edit of the page. `told` are the words of its findings, none where the alarm keeps quiet."""

    name: str
    make: Callable[[str], str]
    told: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.name

    @property
    def page(self) -> str:
        page = self.make(PAGE)
        assert page != PAGE, self.name
        return page


def replaced(*pairs: tuple[str, str]) -> Callable[[str], str]:
    def edit(page: str) -> str:
        for old, new in pairs:
            assert old in page, old
            page = page.replace(old, new)
        return page

    return edit


def before(place: str, text: str) -> Callable[[str], str]:
    return replaced((place, text + place))


def _without(start: str, end: str) -> Callable[[str], str]:
    return lambda page: page[: page.index(start)] + page[page.index(end) :]


def _other_language(page: str) -> str:
    values = re.findall(r"^ ?\d+    (\w+)=(.*),$", page, re.MULTILINE)
    data = ", ".join(f'"{name}": {value.replace("False", "false")}' for name, value in values)
    start, end = page.index(" 1# pip"), page.index("With requests:")
    sample = f"const data = {{ {data} }};\nconst response = await axios.post(url, data);\n\n"
    return page[:start] + sample + page[end:]


def _rows_in_another_order(page: str) -> str:
    first, second, third = (page.index(f"{name}optional") for name in ("samples", "seed", "style"))
    return page[:first] + page[second:third] + page[first:second] + page[third:]


def _sections_in_another_order(page: str) -> str:
    errors, end = page.index("Common Error Codes"), len(page)
    response = page.index("Response Type")
    return page[:response] + page[errors:end] + "\n" + page[response:errors]


_NEW = "upscaleoptional\ninteger\n\nFactor of enlargement.\n\nDefault: 1Range: 1 - 4\n"

EDITS = [
    PageEdit(
        "a parameter is renamed in table and sample",
        replaced(("num_inference_steps", "steps")),
        ("parameter `num_inference_steps` was renamed to `steps`",),
    ),
    PageEdit(
        "a parameter is renamed in the table alone",
        replaced(("num_inference_stepsoptional", "stepsoptional")),
        ("parameter `num_inference_steps` was renamed to `steps`; the sample still sends `num_inference_steps`",),
    ),
    PageEdit(
        "a parameter is renamed in the sample alone",
        replaced(("    num_inference_steps=", "    steps=")),
        (
            "parameter `num_inference_steps` was renamed to `steps` in the sample; the table still has `num_inference_steps`",
        ),
    ),
    PageEdit(
        "the prompt is renamed",
        replaced(("promptrequired", "textrequired"), ("    prompt=", "    text=")),
        ("parameter `prompt` was renamed to `text`",),
    ),
    PageEdit(
        "a parameter is renamed and has another default",
        replaced(("num_inference_steps", "steps"), ("Default: 25R", "Default: 20R")),
        ("parameter `num_inference_steps` was renamed to `steps`", "the default of `steps` changed from 25 to 20"),
    ),
    PageEdit(
        "a parameter is new",
        before("widthoptional", _NEW),
        ("new parameter `upscale`: integer, optional, default 1, range 1 to 4",),
    ),
    PageEdit(
        "a parameter is removed",
        lambda page: _without("samplesoptional", "seedoptional")(page).replace("13    samples=1,\n", ""),
        ("parameter `samples` was removed",),
    ),
    PageEdit(
        "a parameter is removed from the table alone",
        _without("samplesoptional", "seedoptional"),
        ("parameter `samples` was removed from the table; the sample still sends it",),
    ),
    PageEdit(
        "a default changes",
        replaced(("Default: 25R", "Default: 30R")),
        ("the default of `num_inference_steps` changed from 25 to 30",),
    ),
    PageEdit(
        "a maximum falls",
        replaced(("Range: 10 - 40", "Range: 10 - 30")),
        ("the maximum of `num_inference_steps` fell from 40 to 30",),
    ),
    PageEdit(
        "a minimum rises", replaced(("Range: 1 - 15", "Range: 2 - 15")), ("the minimum of `guidance` rose from 1 to 2",)
    ),
    PageEdit(
        "a range moves",
        replaced(("Range: 10 - 40", "Range: 20 - 80")),
        ("the range of `num_inference_steps` changed from 10 to 40 to 20 to 80",),
    ),
    PageEdit(
        "a range is new",
        replaced(("Default: -1\n", "Default: -1Range: -1 - 999999\n")),
        ("the range of `seed` is new: -1 to 999999",),
    ),
    PageEdit(
        "a value is new", replaced(('"png""webp"', '"png""webp""avif"')), ("new value of `image_format`: 'avif'",)
    ),
    PageEdit("a value is removed", replaced(('"png""webp"', '"png"')), ("value of `image_format` removed: 'webp'",)),
    PageEdit(
        "a value is renamed",
        replaced(('"png""webp"', '"png""gif"')),
        ("value of `image_format` changed from 'webp' to 'gif'",),
    ),
    PageEdit(
        "a list shows one more of its values",
        replaced(('"pastel"+3', '"pastel""noir"+2')),
        ("new value of `style`: 'noir'",),
    ),
    PageEdit(
        "a list has more values in all",
        replaced(("(6 total)", "(7 total)"), ("+3 more", "+4 more")),
        ("the number of values of `style` changed from 6 to 7",),
    ),
    PageEdit(
        "a parameter becomes required",
        replaced(("styleoptional", "stylerequired")),
        ("parameter `style` is now required",),
    ),
    PageEdit(
        "a type changes",
        replaced(("seedoptional\ninteger", "seedoptional\nstring"), ("Default: -1", 'Default: "-1"')),
        ("the type of `seed` changed from 'integer' to 'string'",),
    ),
    PageEdit(
        "a rule in a description changes",
        replaced(("multiples of 8", "multiples of 16")),
        ("the rule in the description of `width` changed from a multiple of 8 to a multiple of 16",),
    ),
    PageEdit(
        "a rule in a description is new",
        replaced(("How many images to draw.", "How many images to draw, in multiples of 2.")),
        ("new rule in the description of `samples`: a multiple of 2",),
    ),
    PageEdit(
        "a rule on the page changes",
        replaced(("60 requests", "30 requests")),
        ("a rule changed from 60 to 30: You can send up to 30 requests per minute.",),
    ),
    PageEdit(
        "a rule on the page is new",
        before("Response Type", "A prompt must not exceed 500 characters.\n\n"),
        ("new rule: A prompt must not exceed 500 characters.",),
    ),
    PageEdit("the price rises", replaced(("$0.006", "$0.009")), ("price rose from 0.006 to 0.009 USD per image",)),
    PageEdit(
        "the price is gone", replaced(("~$0.006\n", "")), ("the price is no longer stated; it was 0.006 USD per image",)
    ),
    PageEdit(
        "the host changes",
        replaced(("api.segmind.com", "api.acme.example")),
        ("host changed from 'api.segmind.com' to 'api.acme.example'",),
    ),
    PageEdit(
        "the key's header changes",
        replaced(('"x-api-key"', '"x-acme-key"')),
        ("the key's header changed from `x-api-key` to `x-acme-key`",),
    ),
    PageEdit(
        "the key goes into Authorization",
        replaced(('"x-api-key": "YOUR', '"Authorization": "Bearer YOUR')),
        ("the key's header changed from `x-api-key` to `authorization: Bearer …`",),
    ),
    PageEdit(
        "the path changes",
        replaced(("/v1/acme-aurora", "/v1/models/acme-aurora")),
        ("the path of the synchronous call changed from '/v1/acme-aurora' to '/v1/models/acme-aurora'",),
    ),
    PageEdit(
        "the path changes to one that no other model has",
        replaced(("/v1/acme-aurora", "/v9/run/acme-aurora")),
        ("the path of the synchronous call changed from '/v1/acme-aurora' to '/v9/run/acme-aurora'",),
    ),
    PageEdit(
        "the path no longer names the model",
        replaced(("/v1/acme-aurora", "/v1/run")),
        ("the path of the synchronous call changed from '/v1/acme-aurora' to '/v1/run'",),
    ),
    PageEdit(
        "host and path change",
        replaced(("api.segmind.com/v1/acme-aurora", "api.acme.example/v9/acme-aurora")),
        (
            "the address of the synchronous call changed from 'api.segmind.com/v1/acme-aurora' to 'api.acme.example/v9/acme-aurora'",
        ),
    ),
    PageEdit(
        "the status path changes",
        replaced(("requests/{id}/status", "jobs/{id}/status")),
        (
            "the path of a job's status changed from '/v2/requests/{request_id}/status' to '/v2/jobs/{request_id}/status'",
        ),
    ),
    PageEdit(
        "a state is new", before("FAILEDErrored", "CANCELLEDStopped by you\n"), ("new state of a job: 'CANCELLED'",)
    ),
    PageEdit(
        "a state is renamed",
        replaced(("PROCESSINGRunning", "RUNNINGRunning")),
        ("state of a job changed from 'PROCESSING' to 'RUNNING'",),
    ),
    PageEdit(
        "results are kept longer",
        replaced(("for 1 hour", "for 2 hours")),
        ("the time for which results are kept changed from 1 hour to 2 hours",),
    ),
    PageEdit(
        "a job has less time",
        replaced(("600s deadline", "300s deadline")),
        ("the deadline of a job changed from 10 minutes to 5 minutes",),
    ),
    PageEdit(
        "a failed job has another status",
        replaced(("HTTP 422", "HTTP 409")),
        ("the HTTP status of a FAILED job changed from 422 to 409",),
    ),
    PageEdit(
        "a submitted job answers with one more field",
        replaced(("status_url, response_url", "status_url, response_url, cancel_url")),
        ("new response field of a submitted job: 'cancel_url'",),
    ),
    PageEdit(
        "a result has another field",
        replaced(('result.get("output")', 'result.get("outputs")')),
        ("response field of a result changed from 'output' to 'outputs'",),
    ),
    PageEdit(
        "the type of the response changes",
        replaced(("Returns: image/jpeg", "Returns: image/png")),
        ("the type of the response changed from 'image/jpeg' to 'image/png'",),
    ),
    PageEdit(
        "a status is new",
        before("404\n\nNot Found", "403\n\nForbidden\n\nNot allowed\n\n"),
        ("new status 403: Forbidden",),
    ),
    PageEdit(
        "a status has another title",
        replaced(("Insufficient Credits", "Not Acceptable")),
        ("status 406 changed from 'Insufficient Credits' to 'Not Acceptable'",),
    ),
    PageEdit(
        "a banner announces the end of the model",
        before("Acme Aurora draws", "This model is deprecated and will be removed on 2027-01-31.\n\n"),
        ("deprecated: This model is deprecated and will be removed on 2027-01-31.",),
    ),
    PageEdit(
        "a parameter is deprecated",
        replaced(("How many images to draw.", "Deprecated, use batch instead.")),
        ("deprecated: `samples`: use batch instead.",),
    ),
    PageEdit("the latency is another", replaced(("~4.20s", "~3.87s"))),
    PageEdit("the sample has another prompt", replaced(("green lights over a fjord", "red lights over a lake"))),
    PageEdit("the sample is in another language", _other_language),
    PageEdit("the sample asks for another version of the SDK", replaced(("segmind>=1.1.0", "segmind>=1.3.0"))),
    PageEdit("rows are in another order", _rows_in_another_order),
    PageEdit("sections are in another order", _sections_in_another_order),
    PageEdit(
        "a cookie banner",
        lambda page: f"We use cookies to improve your experience.\nAccept all\nReject optional\n{page}",
    ),
    PageEdit(
        "descriptions are in other words",
        replaced(("Look of the sky.", "How the sky looks."), ("draws northern lights", "paints auroras")),
    ),
    PageEdit(
        "a new section of prose",
        before(
            "Response Type",
            "About this model\n\nAurora was made by people who like the north, and it shows in each of its images.\n\n",
        ),
    ),
    PageEdit(
        "the page is cut off",
        lambda page: page[: page.index("samplesoptional") + 40],
        ("not compared: the page ends inside its table of parameters",),
    ),
    PageEdit(
        "the page is translated",
        replaced(
            ("Parameters", "Parameter"),
            ("Default:", "Standard:"),
            ("Range:", "Bereich:"),
            ("required\n", "erforderlich\n"),
            ("Allowed values", "Zulässige Werte"),
        ),
        ("not compared: its labels are translated",),
    ),
]
