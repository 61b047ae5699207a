"""The addresses that a mock in this process answers, and the hosts that a test must not reach."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from ..spec.origins import DEFAULT_PORTS
from ..spec.platform import PLATFORM

#: The service's own hosts: the queue may have another than the rest.
PLATFORM_HOSTS = tuple(
    dict.fromkeys(host for url in (PLATFORM.base_url, PLATFORM.queue.base_url) if (host := urlsplit(url).hostname))
)
#: First labels of a host that say what it is for. The provider's other hosts, as for media, are beside it.
_PURPOSES = frozenset({"api", "gateway", "queue", "rest", "www"})
#: The common prefix of paths, such as a version. Base URLs are written with and without it.
_BEGINNINGS = tuple(
    beginning
    for path in (PLATFORM.sync.path, PLATFORM.queue.submit_path)
    if (beginning := path.partition("{slug}")[0].rstrip("/"))
)


class Address(NamedTuple):
    """An address that the mock answers for. Without `scheme` and `port` it is a whole host."""

    host: str
    scheme: str | None = None
    port: int | None = None
    prefix: bytes = b""

    def covers(self, scheme: str, host: str, port: int | None, target: bytes) -> bool:
        """Return whether the mock answers a request to this target."""
        return (
            host.lower().rstrip(".") == self.host
            and self.scheme in (None, scheme)
            and self.port in (None, port or DEFAULT_PORTS.get(scheme))
            and (
                not self.prefix or target.startswith((self.prefix + b"/", self.prefix + b"?")) or target == self.prefix
            )
        )


PLATFORM_ADDRESSES = tuple(map(Address, PLATFORM_HOSTS))


def address_of(base_url: str) -> Address | None:
    """Return the address of a base URL; None if it is not an http(s) URL."""
    try:
        split = urlsplit(root_of(base_url))
        port = split.port
    except ValueError:
        return None
    if split.scheme not in DEFAULT_PORTS or not split.hostname:
        return None
    return Address(split.hostname, split.scheme, port or DEFAULT_PORTS[split.scheme], split.path.encode("utf-8"))


def root_of(base_url: str) -> str:
    """Return a base URL without the common prefix of paths."""
    root = base_url.strip().rstrip("/")
    return next((root.removesuffix(beginning) for beginning in _BEGINNINGS if root.endswith(beginning)), root)


def domain_of(host: str) -> str:
    """Return the domain of a provider's host: with all its subdomains it is the provider's.

    >>> domain_of("api.service.example")
    'service.example'
    >>> domain_of("service-1.cloud.example")
    'service-1.cloud.example'
    """
    labels = host.split(".")
    while len(labels) > 2 and labels[0] in _PURPOSES:
        labels.pop(0)
    return ".".join(labels)


#: The provider's domains.
DOMAINS = tuple(dict.fromkeys(map(domain_of, PLATFORM_HOSTS)))


def is_platform(host: object) -> bool:
    """Return whether `host` (text or bytes) is a host of the provider, whatever it serves."""
    name = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if not isinstance(name, str):
        return False
    name = name.lower().rstrip(".")
    return any(name == domain or name.endswith(f".{domain}") for domain in DOMAINS)
