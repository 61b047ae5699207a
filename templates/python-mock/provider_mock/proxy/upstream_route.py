"""The way to the service: directly or through an HTTP proxy, and the certificates to trust.

Options come first, then the environment as curl reads it: HTTPS_PROXY or ALL_PROXY without NO_PROXY, and SSL_CERT_FILE or
SSL_CERT_DIR. A service on this machine is reached directly unless an option says otherwise.
"""

from __future__ import annotations

import re
import ssl
import urllib.request
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from ..server.hosts import is_loopback
from ..spec.origins import DEFAULT_PORTS
from ..urls import split_host

#: The value of `--upstream-proxy` for a direct connection.
DIRECT = "none"
_PROXY_OPTION = "--upstream-proxy"
_CA_OPTION = "--upstream-ca"
_PROXY_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")


class UpstreamRoute(NamedTuple):
    """`proxy` is the URL of an HTTP proxy, with its user name and password if it needs them; `source` is where it is set.

    `certificates` are those to trust; None for the system's.
    """

    proxy: str | None = None
    source: str = ""
    certificates: ssl.SSLContext | None = None

    @property
    def proxy_name(self) -> str:
        """The host and port of the proxy, without user name and password; empty without a proxy."""
        if self.proxy is None:
            return ""
        split = urlsplit(self.proxy)
        return split.netloc.rpartition("@")[2] if split.port else f"{split.hostname}:{DEFAULT_PORTS[split.scheme]}"


def read_route(origin: str, proxy: str | None, ca: str | None, environ: Mapping[str, str]) -> UpstreamRoute:
    """Return the way to `origin` for the two options and the environment. Raises ValueError with a message of one line."""
    split = urlsplit(origin)
    url, source = (proxy, _PROXY_OPTION) if proxy is not None else _environment_proxy(split.netloc, environ)
    if split.scheme == "http" and proxy is None:
        url = None
    if url is not None and url != DIRECT:
        url = _read_proxy(url, source)
        if split.scheme == "http" and not is_loopback(urlsplit(url).hostname or ""):
            raise ValueError(f"{source}: the proxy would receive the API key unencrypted, since {origin} is http")
    else:
        url, source = None, ""
    return UpstreamRoute(url, source, _read_certificates(split.scheme, ca, environ))


def _environment_proxy(place: str, environ: Mapping[str, str]) -> tuple[str | None, str]:
    found = next(((environ[name].strip(), name) for name in _PROXY_VARIABLES if environ.get(name, "").strip()), None)
    if found is None or is_loopback((split_host(place) or ("", None))[0]):
        return None, ""
    without = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    # Typeshed does not have this public function.
    library: Any = urllib.request
    return (None, "") if without and library.proxy_bypass_environment(place, {"no": without}) else found


def _read_proxy(url: str, source: str) -> str:
    """Return a proxy's URL in full. Raises ValueError that does not show a password."""
    whole = url if "://" in url else f"http://{url}"
    shown = re.sub(r"//.*@", "//***@", whole)
    advice = "" if source == _PROXY_OPTION else f"; {_PROXY_OPTION} {DIRECT} connects directly"
    try:
        split = urlsplit(whole)
    except ValueError:
        split = urlsplit("")
    if split.scheme.startswith("socks"):
        raise ValueError(f"{source}: SOCKS proxies are not supported, got {shown!a}; expected http://HOST:PORT{advice}")
    place = split_host(split.netloc.rpartition("@")[2])
    if split.scheme not in DEFAULT_PORTS or place is None or split.path not in ("", "/") or split.query:
        raise ValueError(f"{source}: expected http://HOST:PORT or https://HOST:PORT, got {shown!a}{advice}")
    return f"{split.scheme}://{split.netloc}"


def _read_certificates(scheme: str, ca: str | None, environ: Mapping[str, str]) -> ssl.SSLContext | None:
    if ca is not None:
        # Besides the system's, so that one option serves for a proxy that decrypts only a part of the traffic.
        import httpx2

        context = httpx2.create_ssl_context(trust_env=False)
        return _trust(context, _CA_OPTION, ca, cafile=ca)
    if scheme != "https":
        return None
    if file := environ.get("SSL_CERT_FILE"):
        return _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "SSL_CERT_FILE", file, cafile=file)
    if folder := environ.get("SSL_CERT_DIR"):
        return _trust(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "SSL_CERT_DIR", folder, capath=folder)
    return None


def _trust(
    context: ssl.SSLContext, source: str, path: str, cafile: str | None = None, capath: str | None = None
) -> ssl.SSLContext:
    try:
        if cafile is not None:
            # OpenSSL's own message for a missing file does not say that it is missing.
            with open(cafile, "rb"):
                pass
        context.load_verify_locations(cafile, capath)
    except ssl.SSLError:
        raise ValueError(
            f"{source}: {path} has no certificate: expected a file of certificates in PEM format"
        ) from None
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ValueError(f"{source}: {path}: {said}; expected a file of certificates in PEM format") from None
    return context
