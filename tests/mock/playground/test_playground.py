"""The playground without a browser: how it is served, what its pages hold, and whether its samples are correct code."""

from __future__ import annotations

import ast
import copy
import json
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pagewright.rendering.parallel import render_all
from pagewright.rendering.render import Renderer, plan
from pagewright.rendering.target import ProviderNames, load_targets
from pagewright.specs.load import load
from pagewright.specs.spec import Catalog, model_from
from pagewright.workspace import files_below, find_provider, open_workspace
from segmind_client._command.dry_run import as_curl
from segmind_client._command.options import parser_for
from segmind_client._command.parameter_values import payload_from
from segmind_client._config import Config
from segmind_client._credentials import Credentials
from segmind_client._flows.requests import sync_request
from segmind_client.spec.catalog import get
from segmind_mock.playground import pages
from segmind_mock.server.app import is_playground
from segmind_mock.spec.catalog import SLUGS
from segmind_mock.spec.facts import Model
from tests.material import ROOT, absent
from tests.mock.conftest import MockCaller
from tests.mock.playground.pages import ASSETS, FOLDER, NASTY, Page, filled, node, page_of

ORIGIN = "http://127.0.0.1:8787"


@pytest.fixture
def catalog() -> Catalog:
    found = load(find_provider(open_workspace(ROOT))).catalog
    assert found is not None
    return found


def html_of(catalog: Catalog) -> dict[str, str]:
    """Every page as it would be generated for the catalogue, by path."""
    targets, findings = load_targets(open_workspace(ROOT))
    assert not findings
    names = ProviderNames(targets, catalog.platform.names)
    outputs = [
        output
        for output in plan(open_workspace(ROOT), targets, catalog, names, "")
        if output.path.endswith(".html") and "/playground/" in output.path
    ]
    return {
        path: content.decode()
        for path, content in render_all(Renderer(open_workspace(ROOT), catalog, names), outputs).items()
    }


def paths() -> list[str]:
    return [
        "/",
        *(f"/playground/{slug}" for slug in SLUGS),
        *(f"/playground/assets/{file.name}" for file in ASSETS.iterdir()),
    ]


class TestServing:
    @pytest.mark.parametrize("path", paths())
    def test_every_page_has_a_content_security_policy(self, mock: MockCaller, path: str) -> None:
        answer = mock.get(path, key=None)
        assert answer.status_code == 200
        policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
        assert (
            policy["default-src"]
            == policy["form-action"]
            == policy["base-uri"]
            == policy["frame-ancestors"]
            == "'none'"
        )
        assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
        assert policy["img-src"] == "'self' blob: data:"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-cache"
        assert "x-remaining-credits" not in answer.headers and "x-mock-basis" not in answer.headers

    def test_the_kinds_of_files_say_what_they_are(self, mock: MockCaller) -> None:
        kinds = {path: mock.get(path).headers["content-type"].split(";")[0] for path in paths()}
        assert set(kinds.values()) == {"text/html", "text/css", "text/javascript"}
        assert kinds["/"] == kinds[f"/playground/{SLUGS[0]}"] == "text/html"

    def test_head_is_get_without_the_body(self, mock: MockCaller) -> None:
        got, head = mock.get("/"), mock.send("HEAD", "/")
        assert head.content == b"" and head.headers == got.headers

    def test_an_unchanged_page_is_not_sent_again(self, mock: MockCaller) -> None:
        tag = mock.get("/").headers["etag"]
        for sent in (tag, f"W/{tag}", f'"x", {tag}'):
            again = mock.get("/", headers={"if-none-match": sent})
            assert (again.status_code, again.content) == (304, b"")
        assert mock.get("/", headers={"if-none-match": '"x"'}).status_code == 200

    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
    def test_pages_refuse_other_methods_than_get_and_head(self, mock: MockCaller, method: str) -> None:
        for path in ("/", f"/playground/{SLUGS[0]}"):
            answer = mock.send(method, path)
            assert answer.status_code == 405 and answer.headers["allow"] == "GET, HEAD"

    @pytest.mark.parametrize(
        "path",
        [
            "/playground/", "/playground/nope", "/playground/assets/", "/playground/assets/nope.js", "/playground/index.html",
            "/playground/%2e%2e/app.py", "/playground/assets/..%2f..%2fapp.py", "/playground//etc/passwd",
            "/playground/assets/%2fetc%2fpasswd", f"/playground/{SLUGS[0]}/", f"/playground/{SLUGS[0]}%00", "/playground/models/x",
        ],
    )  # fmt: skip
    def test_unknown_paths_are_pages_of_404(self, mock: MockCaller, path: str) -> None:
        answer = mock.get(path)
        assert answer.status_code == 404 and b"Page not found" in answer.content
        assert "content-security-policy" in answer.headers

    def test_pages_of_404_link_to_the_list(self, mock: MockCaller) -> None:
        for path, home in (("/playground/nope", "../"), ("/playground/assets/nope", "../../")):
            assert f'href="{home}"' in mock.get(path).text

    def test_requests_for_pages_are_not_in_the_journal(self, mock: MockCaller) -> None:
        for path in (*paths(), "/playground/nope"):
            mock.get(path)
        mock.post("/")
        assert mock.get("/__mock/requests").json() == {"requests": []}

    def test_other_hosts_are_not_served(self, mock: MockCaller) -> None:
        for path in ("/", f"/playground/{SLUGS[0]}"):
            answer = mock.get(path, headers={"host": "rebound.example"})
            assert answer.status_code == 421 and b"<form" not in answer.content

    def test_files_are_read_when_they_are_asked_for_and_once(
        self, mock: MockCaller, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pages._load.cache_clear()
        mock.get("/")
        assert pages._load.cache_info().currsize == 1
        mock.get("/")
        assert pages._load.cache_info().misses == 1

    def test_every_file_of_the_folder_can_be_had_and_no_other(self) -> None:
        files = [path for path in FOLDER.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
        there = {path.relative_to(FOLDER).as_posix() for path in files}
        assert there == set(pages._FILES.values())

    def test_the_playground_costs_the_api_next_to_nothing(self) -> None:
        """A request of the API costs one comparison of its path more: less than parsing 20 bytes of JSON."""

        def seconds(work: Callable[[], object]) -> float:
            # Of this thread: others may take the processor meanwhile.
            begun = time.thread_time()
            for _ in range(20_000):
                work()
            return time.thread_time() - begun

        path = "/v2/requests/0b7c5b8e-2f64-4f0b-8d0a-0a1b2c3d4e5f/status"
        look = min(seconds(lambda: is_playground(path)) for _ in range(5))
        assert look < min(seconds(lambda: json.loads('{"prompt": "a boat"}')) for _ in range(5))


class TestPages:
    def test_the_list_leads_to_every_model(self) -> None:
        page = Page((FOLDER / "index.html").read_text("utf-8"))
        assert {href for href in page.all("href") if href.startswith("playground/") and "assets" not in href} == {
            f"playground/{slug}" for slug in SLUGS
        }

    def test_every_parameter_has_a_labelled_control(self, model: Model) -> None:
        page = page_of(model)
        facts = [json.loads(text) for text in page.all("data-parameter")]
        assert sorted(fact["name"] for fact in facts) == sorted(model.parameters)
        for fact in facts:
            parameter = model.parameters[fact["name"]]
            assert (fact["keyword"], fact["option"], fact["required"]) == (
                parameter.keyword, parameter.option, parameter.required,
            )  # fmt: skip
        ids = page.all("id")
        assert len(ids) == len(set(ids))
        assert {*page.all("for"), *page.all("aria-controls"), *page.all("aria-labelledby")} <= set(ids)
        assert set(" ".join(page.all("aria-describedby")).split()) <= set(ids)
        labelled = set(page.all("for"))
        bare = [
            found for tag, found in page.tags
            if tag in ("input", "select", "textarea") and found.get("type") not in ("radio", "checkbox")
            and found.get("id") not in labelled
        ]  # fmt: skip
        assert bare == []

    def test_controls_are_of_the_parameters_kind(self, large: Model) -> None:
        page = page_of(large)
        kinds = {found.get("id"): (tag, found) for tag, found in page.tags if "id" in found}
        order = [json.loads(text)["name"] for text in page.all("data-parameter")]
        control = {name: kinds[f"parameter-{number}"] for number, name in enumerate(order, 1)}
        assert control["prompt"][0] == "textarea"
        assert control["scheduler"][0] == "select"
        assert control["sampler"][1]["list"] in kinds and kinds[control["sampler"][1]["list"] or ""][0] == "datalist"
        steps = control["steps"][1]
        assert (steps["type"], steps["min"], steps["max"], steps["step"], steps["placeholder"]) == (
            "number",
            "10",
            "70",
            "1",
            "30",
        )
        assert control["guidance_scale"][1]["step"] == "any"
        assert control["base64"][1]["type"] == "radio"

    def test_nothing_is_inline_and_nothing_comes_from_elsewhere(self) -> None:
        for file in FOLDER.rglob("*"):
            text = file.read_text("utf-8") if file.is_file() else ""
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|localStorage|sessionStorage", text
            )
            if file.suffix != ".html":
                assert "://" not in text.replace("http://www.w3.org/2000/svg", "")
                continue
            page = Page(text)
            for tag, found in page.tags:
                assert not any(name == "style" or name.startswith("on") for name in found), tag
                assert tag not in ("style", "iframe", "object", "base")
                assert tag != "script" or found.get("src")
                for name in ("src", "href"):
                    assert not re.match(r"[a-z]+:|//", found.get(name) or "") or (found[name] or "").startswith(
                        "data:image/svg"
                    )

    def test_hostile_texts_change_no_tag(self, catalog: Catalog) -> None:
        from tests.generator.hostile.test_hostile_text import PAYLOADS, Poisoner

        fixed = ("id", "class", "src", "type", "for", "list", "name", "rel")

        def tags(catalog: Catalog) -> dict[str, object]:
            # As sets, since errata with one reason between them are shown once, and are then parted by the hostile text.
            return {
                path: {(tag, *map(found.get, fixed), *sorted(found)) for tag, found in Page(text).tags}
                for path, text in html_of(catalog).items()
            }

        poisoner = Poisoner(catalog)
        clean = tags(catalog)
        assert len(clean) == len(SLUGS) + 1
        for turn in range(3):
            assert tags(poisoner.poisoned(turn * len(PAYLOADS) // 3)) == clean

    def test_hostile_names_reach_the_script_as_they_are(self, catalog: Catalog, tmp_path: Path) -> None:
        document = catalog.models[1].document
        data = copy.deepcopy(document.data)
        names = [f"{text}x" for text in NASTY if text.isprintable() and 0 < len(text) < 90]
        names += ["\u202ex", "__proto__", "constructor"]
        data["input"]["properties"] |= {name: {"type": "string"} for name in names}
        pages = html_of(Catalog(catalog.platform, (model_from(replace(document, data=data)),)))
        page = Page(next(text for path, text in pages.items() if "/models/" in path))
        assert set(names) <= {json.loads(fact)["name"] for fact in page.all("data-parameter")}
        (samples,) = filled(page, [dict.fromkeys(names, "v")], tmp_path)
        assert set(names) <= evaluated(samples["javascript", "sync"], tmp_path).keys()
        body = shlex.split(samples["curl", "sync"].replace(" \\\n", " "))
        assert set(names) <= json.loads(body[body.index("--data-raw") + 1]).keys()
        ast.parse(samples["python", "sync"])


def python_arguments(sample: str) -> dict[str, object]:
    """The arguments of the one call of `generate` or `submit`."""
    (call,) = [
        node for node in ast.walk(ast.parse(sample))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("generate", "submit")
    ]  # fmt: skip
    given = {keyword.arg or "": ast.literal_eval(keyword.value) for keyword in call.keywords}
    return given | given.pop("extra_parameters", {})


def evaluated(sample: str, folder: Path) -> dict[str, object]:
    """Return the object that the JavaScript sample would send."""
    literal = sample.split("JSON.stringify(", 1)[1].rsplit("),\n});", 1)[0]
    found: dict[str, Any] = node(f"console.log(JSON.stringify({literal}));", None, folder / "evaluated")
    return found


class TestSamples:
    @pytest.fixture
    def payloads(self) -> list[dict[str, Any]]:
        return [
            *({"prompt": text, "sampler": "euler", "scheduler": "sgm_uniform", "negative_prompt": text[::-1]} for text in NASTY),
            {},
            {"steps": 30, "seed": -1, "guidance_scale": 5.5, "base64": True, "prompt": "x"},
            {"seed": 999999999999999, "base64": False, "steps": "abc", "guidance_scale": 1e-7, "prompt": 5},
            {"prompt": "x", "undocumented": {"a": [1, None, True, "é"], "__proto__": {"b": 1}}, "__proto__": 1, "a b": "\u2028"},
            {"prompt": None, "seed": [1, 2], "base64": "yes"},
        ]  # fmt: skip

    def test_each_language_reads_back_the_same_values(self, large: Model, payloads: list[Any], tmp_path: Path) -> None:
        page = page_of(large)
        model = get(large.slug)
        literals = []
        for payload, samples in zip(payloads, filled(page, payloads, tmp_path), strict=True):
            for operation in ("sync", "submit"):
                assert python_arguments(samples["python", operation]) == payload
                command = shlex.split(samples["command", operation].replace(" \\\n", " "))
                assert command[:2] == ["segmind-client", large.slug]
                given = vars(parser_for(model).parse_args(command[2:]))
                assert payload_from(model, given) == payload
                assert bool(given.get("queue")) == (operation == "submit")
                curl = shlex.split(samples["curl", operation].replace(" \\\n", " "))
                assert json.loads(curl[curl.index("--data-raw") + 1]) == payload
            literals.append(samples["javascript", "sync"].split("JSON.stringify(", 1)[1].rsplit("),\n});", 1)[0])
        script = f"console.log(JSON.stringify([{','.join(literals)}]));"
        assert node(script, None, tmp_path / "all") == payloads

    def test_the_shell_and_node_take_them(self, large: Model, payloads: list[Any], tmp_path: Path) -> None:
        for tool in ("bash", "node"):
            if not shutil.which(tool):
                absent(tool)
        everything = filled(page_of(large), payloads, tmp_path)
        shell = "\n".join(samples[key] for samples in everything for key in samples if key[0] in ("curl", "command"))
        subprocess.run(["bash", "-n"], input=shell.encode(), check=True, timeout=60)
        for operation in ("sync", "submit"):
            # Each as a block of its own: the samples declare the same names.
            blocks = [samples["javascript", operation].partition("\n\n")[2] for samples in everything]
            text = 'import { writeFile } from "node:fs/promises";\n' + "\n".join(f"{{\n{block}\n}}" for block in blocks)
            (tmp_path / "check.mjs").write_text(text)
            subprocess.run(["node", "--check", "check.mjs"], cwd=tmp_path, check=True, timeout=60)

    def test_curl_is_the_command_lines_own(self, model: Model, tmp_path: Path) -> None:
        payload = {**model.example, "prompt": "A 'light' in \"fog\" — 🌫"}
        (samples,) = filled(page_of(model), [payload], tmp_path)
        config = Config(Credentials.read("not-shown", ORIGIN, {}))
        own = as_curl(sync_request(config, model.slug, get(model.slug), payload, config.settings), "image")
        assert shlex.split(samples["curl", "sync"].replace(" \\\n", " ")) == shlex.split(own)

    def test_samples_have_only_parameters_that_were_given(self, model: Model, tmp_path: Path) -> None:
        (samples,) = filled(page_of(model), [{"prompt": "x"}], tmp_path)
        for text in samples.values():
            assert not any(
                re.search(rf"\b{name}\b", text) for name in model.parameters if name not in ("prompt", "base64")
            )

    def test_the_clients_own_docstring_says_the_same(self, model: Model) -> None:
        import segmind_client.resources as resources

        folder = Path(resources.__file__).parent
        text = next(
            path.read_text() for path in files_below(folder) if path.suffix == ".py" and model.slug in path.read_text()
        )
        frame = "".join(part if isinstance(part, str) else "\0" for part in page_of(model).samples["python", "sync"])
        for line in frame.partition("\n\n")[2].splitlines():
            assert re.search(re.escape(line.strip()).replace("\0", r".*"), text), line

    def test_numbers_keep_their_digits(self, large: Model, tmp_path: Path) -> None:
        script = """
            import { slots, bodyOf } from "./samples.js";
            const seed = { name: "seed", json: "9007199254740993", facts: data.facts };
            console.log(JSON.stringify([bodyOf([seed]), ...Object.values(slots(data.model, [seed], null, "sync")).map((text) => JSON.stringify(text))]));
        """
        page = page_of(large)
        facts = next(fact for fact in map(json.loads, page.all("data-parameter")) if fact["name"] == "seed")
        model = json.loads(page.all("data-model")[0])
        said = node(script, {"facts": facts, "model": model}, tmp_path)
        assert all("9007199254740993" in text for text in said), said

    def test_the_script_reads_the_members_of_json_objects(self, tmp_path: Path) -> None:
        good = {
            "{}": [], " { } ": [], '{"a":1}': [["a", "1"]], '{"a":{"b":[1,{"c":","}]},"d":"}"}': [["a", '{"b":[1,{"c":","}]}'], ["d", '"}"']],
            '{"a":1,"a":2}': [["a", "2"]], '{"":12345678901234567890}': [["", "12345678901234567890"]],
            '{"q\\"":"\\\\","__proto__":null}': [['q"', '"\\\\"'], ["__proto__", "null"]], '{"a":[],"b":{}}': [["a", "[]"], ["b", "{}"]],
        }  # fmt: skip
        bad = ["", "[]", "1", "null", '{"a"}', '{"a":1', "{a:1}", '{"a":1}x']
        script = """
            import { members } from "./literals.js";
            const tried = (text) => { try { return members(text); } catch { return null; } };
            console.log(JSON.stringify(data.map(tried)));
        """
        assert node(script, [*good, *bad], tmp_path) == [*good.values(), *[None] * len(bad)]
