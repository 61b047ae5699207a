"""Explanations for an HTTP client that can't be made: certificates, proxies, missing packages, a lack of resources.

Imports httpx2 only inside functions, because a missing httpx2 is one of these errors.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from .._flow import Misconfigured, NotSent
from .._http import T

if TYPE_CHECKING:
    import httpx2

_CERTIFICATE_FILE, _CERTIFICATE_FOLDER = "SSL_CERT_FILE", "SSL_CERT_DIR"
#: Errors that mean a temporary lack of resources.
_SCARCE = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EAGAIN})
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+", re.IGNORECASE)


def make_client(make: Callable[[], T]) -> T:
    """Return the HTTP client that `make` makes.

    Raises:
        NotSent: The machine lacks resources.
        Misconfigured: Something that the user can fix.
    """
    try:
        return make()
    except Exception as error:
        failure = _explained(error)
    raise failure


def reason_of(error: BaseException) -> str:
    """Return the type and the message of an exception."""
    name, message = type(error).__name__, str(error)
    return f"{name}: {message}" if message else name


def needs_a_thread(error: BaseException) -> bool:
    """Return whether a thread could not be started, or the interpreter is shutting down."""
    return isinstance(error, RuntimeError) and any(each in str(error) for each in ("thread", "future", "shutdown"))


def certificate_problem(error: BaseException) -> str | None:
    """Return what is wrong with SSL_CERT_DIR if `error` is a failed verification of a certificate; None if nothing is."""
    chain: BaseException | None = error
    while chain is not None and type(chain).__name__ != "SSLCertVerificationError":
        chain = chain.__cause__ or chain.__context__
    folder = os.environ.get(_CERTIFICATE_FOLDER)
    # The file is read when the HTTP client is made; the folder is read when a certificate is verified.
    if chain is None or not folder or os.environ.get(_CERTIFICATE_FILE):
        return None
    names: list[str] = []
    problem = "it contains no certificates named by their hashes; create them with `openssl rehash`"
    for each in folder.split(os.pathsep):
        try:
            names += os.listdir(each)
        except OSError as missing:
            problem = missing.strerror or "it can't be read"
    if any(map(_HASHED.fullmatch, names)):
        return None
    return f"{_CERTIFICATE_FOLDER}={folder!r}: {problem}"


def _explained(error: Exception) -> Exception:
    """Return the exception for an HTTP client that could not be made, with a message for the user."""
    reason = reason_of(error)
    if isinstance(error, (NotSent, Misconfigured)):
        return error
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _SCARCE):
        return NotSent(reason)
    if needs_a_thread(error):
        return NotSent(reason)
    variable = None
    try:
        variable = _variable_at_fault()
    except Exception as another:
        # For example httpx2 itself is missing.
        reason = reason_of(another) if isinstance(another, ImportError) else reason
        error = another if isinstance(another, ImportError) else error
    if variable:
        return Misconfigured(variable)
    if isinstance(error, ImportError):
        return Misconfigured(f"a package that the HTTP client needs can't be imported: {reason}")
    return Misconfigured(f"the HTTP client can't be made: {reason}")


def _variable_at_fault() -> str | None:
    """Return the environment variable that prevents the HTTP client from being made, its value and what is wrong with it."""
    import httpx2

    problem = _problem_of(httpx2.create_ssl_context)
    if problem:
        for name in (_CERTIFICATE_FILE, _CERTIFICATE_FOLDER):
            if os.environ.get(name):
                return f"{name}={os.environ[name]!r}: {problem}"
        return None
    for scheme in ("http", "https", "all"):
        variable = _proxy_variable(scheme)
        problem = _problem_of(partial(_to_proxy, os.environ[variable])) if variable else None
        if variable and problem:
            value = os.environ[variable]
            # The value may contain a password.
            return f"{variable} is not the URL of a proxy" if "@" in value else f"{variable}={value!r}: {problem}"
    variable = _proxy_variable("no")
    return f"{variable}={os.environ[variable]!r} can't be read" if variable else None


def _problem_of(make: Callable[[], object]) -> str | None:
    try:
        make()
    except ImportError as error:
        return f"a package that it needs can't be imported (pip install 'httpx2[socks]'): {error}"
    except Exception as error:
        return reason_of(error)
    return None


def _to_proxy(value: str) -> httpx2.HTTPTransport:
    import ssl

    import httpx2

    url = value if "://" in value else f"http://{value}"
    return httpx2.HTTPTransport(proxy=url, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


def _proxy_variable(scheme: str) -> str | None:
    """Return the environment variable of the proxy for a scheme, chosen as `urllib.request.getproxies` does."""
    lower = f"{scheme}_proxy"
    if lower in os.environ:
        return lower if os.environ[lower] else None
    return next((name for name in os.environ if name.lower() == lower and os.environ[name]), None)
