"""Pages of other providers are told by host, scheme, header of the key and path."""

from __future__ import annotations

import pytest

from pagewright.transcribe.forms.document import NotAModelPage
from tests.transcribe.invented import drafted, page, reviews_of

BEARER = '"Authorization": "Bearer YOUR_KEY"'


@pytest.mark.parametrize(
    ("host", "says"),
    [
        ("api.acme-pictures.example", "at api.acme-pictures.example, not at api.segmind.com: it is another provider's"),
        ("api.segrnind.com", "at api.segrnind.com, which looks like api.segmind.com but is another host"),
        ("api.segmlnd.com", "looks like api.segmind.com but is another host"),
        ("api.segmind.co", "looks like api.segmind.com but is another host"),
        ("api.segm\u0131nd.com", "at api.segm<U+0131>nd.com, which looks like api.segmind.com but"),
        ("api.segmind.com.acme.example", "it is another provider's page"),
        ("api-segmind.com", "looks like api.segmind.com"),
        ("notsegmind.com", "it is another provider's page"),
        ("api.segmind.com:8443", "it is another provider's page"),
        ("api.segmind.com@acme.example", "at acme.example"),
        ("127.0.0.1:8000", "at 127.0.0.1:8000"),
    ],
)
def test_the_page_of_another_host_is_refused_by_name(host: str, says: str) -> None:
    with pytest.raises(NotAModelPage) as caught:
        drafted(page(host=host))
    assert says in str(caught.value)


@pytest.mark.parametrize("host", ["api.segmind.com", "API.Segmind.COM", "api.segmind.com."])
def test_the_platforms_own_host(host: str) -> None:
    assert drafted(page(host=host)).reviews == []


@pytest.mark.parametrize("host", ["www.segmind.com", "api-eu.segmind.com", "segmind.com"])
def test_another_host_of_the_same_domain_is_reviewed(host: str) -> None:
    result = drafted(page(host=host))
    assert reviews_of(result, "/sync") == [f"the page calls {host}; the host of Segmind is api.segmind.com"]


def test_a_sample_that_calls_another_host_than_the_endpoint() -> None:
    text = page().replace('url = "https://api.segmind.com', 'url = "https://gateway.acme.example')
    assert reviews_of(drafted(text), "/sync") == [
        "the page calls the model at gateway.acme.example, too, which is not a host of Segmind"
    ]


def test_an_address_that_is_only_a_value_is_no_endpoint() -> None:
    text = page(sample={"prompt": "a lamp", "image": "https://cdn.acme.example/v1/lamp.png"})
    text = text.replace("https://api.segmind.com", "")
    assert drafted(text).spec["slug"] == "acme-lantern"


def test_another_scheme_is_reviewed() -> None:
    result = drafted(page(scheme="http"))
    assert reviews_of(result, "/sync") == ["the page calls http://api.segmind.com; Segmind is called over https"]


@pytest.mark.parametrize(
    ("auth", "shown"),
    [
        (BEARER, "Authorization: Bearer"),
        ('"Authorization": f"Key {key}"', "Authorization: Key"),
        ('"X-Key": key', "X-Key"),
        ('"xi-api-key": key', "xi-api-key"),
    ],
)
def test_another_header_for_the_key(auth: str, shown: str) -> None:
    """At the platform's own host it is a doubt; where the page names no host, it is another provider's page."""
    result = drafted(page(auth=auth))
    assert reviews_of(result, "/sync") == [
        f"a sample authenticates with the header {shown}, but Segmind takes x-api-key"
    ]
    with pytest.raises(NotAModelPage, match=f"the header {shown} where Segmind takes x-api-key"):
        drafted(page(auth=auth).replace("https://api.segmind.com", ""))


@pytest.mark.parametrize("auth", ['"X-API-KEY": api_key', "'x-api-key': api_key", '"Content-Type": "application/json"'])
def test_the_platforms_own_header(auth: str) -> None:
    assert drafted(page(auth=auth)).reviews == []


def test_headers_of_curl() -> None:
    text = page().partition("import requests")
    end = text[2].index("API Endpoint")
    for header, count in (("x-api-key: $KEY", 0), ("Authorization: Bearer $KEY", 1)):
        curl = f"curl -X POST https://api.segmind.com/v1/acme-lantern \\\n  -H '{header}' \\\n  -d '{{\"prompt\": \"a\"}}'\n\n"
        assert len(reviews_of(drafted(text[0] + curl + text[2][end:]), "/sync")) == count


def test_the_path_of_the_queue_alone() -> None:
    result = drafted(page(version="v2"))
    assert result.spec["slug"] == "acme-lantern"
    assert result.spec["async"] == {"method": "POST", "path": "/v2/acme-lantern"}
    assert result.spec["sync"]["basis"] == "inferred"
    assert reviews_of(result) == [
        "the path of the synchronous call is not on the page; it is taken to follow from the slug"
    ]


def test_addresses_of_jobs_name_no_model() -> None:
    jobs = "GET https://api.segmind.com/v2/requests/abc-123/status\nGET https://api.segmind.com/v2/requests/{id}\n\n"
    for version in ("v1", "v2"):
        assert drafted(page(version=version, extra=jobs)).spec["slug"] == "acme-lantern"


def test_a_page_without_an_endpoint_names_the_hosts_that_it_has() -> None:
    text = page().replace("/v1/acme-lantern", "/run")
    with pytest.raises(NotAModelPage, match=r"no endpoint of a model of Segmind .*; it names api\.segmind\.com"):
        drafted(text)
