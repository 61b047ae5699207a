"""URLs of the client: the origins that the API key may be sent to, and base URLs."""

from __future__ import annotations

import pytest

from segmind_client import ConfigurationError
from segmind_client._urls import api_root
from segmind_client.spec.origins import origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.example/v2", "https://api.example"),
        ("HTTPS://API.example:443", "https://api.example"),
        ("http://127.0.0.1:80/", "http://127.0.0.1"),
        ("https://api.example:8443/x", "https://api.example:8443"),
        ("http://[::1]:8080/x", "http://[::1]:8080"),
        ("https://api.example?x=/", "https://api.example"),
        ("https://api.example@evil.example/", None),
        ("https://evil.example:x/", None),
        ("https://[evil/", None),
        ("//api.example/v2", None),
        ("/v2", None),
        ("ftp://api.example", None),
        ("", None),
    ],
)
def test_the_origin_of_a_url(url: str, origin: str | None) -> None:
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    ("base_url", "root"),
    [
        ("https://api.example/v1/", "https://api.example"),
        ("https://api.example/proxy/v2", "https://api.example/proxy"),
        ("https://api.example/proxy", "https://api.example/proxy"),
        ("https://v1", "https://v1"),
    ],
)
def test_the_api_root_has_no_version(base_url: str, root: str) -> None:
    assert api_root(base_url) == root


@pytest.mark.parametrize("base_url", ["https://[x", "https://api.example:99999", "https://u:p@api.example", "https://"])
def test_an_invalid_base_url_is_refused(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="must be a host"):
        api_root(base_url)


@pytest.mark.parametrize("base_url", ["localhost:8787", "api.example", "ftp://api.example", ""])
def test_a_base_url_without_a_scheme_is_refused_with_what_it_lacks(base_url: str) -> None:
    with pytest.raises(ConfigurationError, match="must begin with http:// or https://"):
        api_root(base_url)
