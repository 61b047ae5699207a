"""The promises of the client for each failure scenario: the expected values of the fault matrix.

Written down from the documentation (the README's part on money, the docstrings, the outcome and retry of each status in
specs/segmind/platform.yaml), never copied from a run. `python scripts/fault_matrix.py` measures, and holds the two together.
"""

from __future__ import annotations

from typing import NamedTuple


class CallOutcome(NamedTuple):
    """The outcome of one call: `gives` a image, a job or a result ("ok"), or raises the exception of that name; so
    many POSTs reach the server, and so many of them are billed."""

    gives: str
    posts: int
    billed: int


class Promise(NamedTuple):
    """A scenario's promise, where it meets one request (`once`) or all of them (`always`).

    A POST is `generate` (v1) or `submit` (v2) alike, unless `submit` says otherwise. A poll is `wait` or `resume`: the
    job was submitted, and paid for, before.
    """

    post_once: CallOutcome
    post_always: CallOutcome
    poll_once: CallOutcome
    poll_always: CallOutcome
    submit: CallOutcome | None = None


FINE = CallOutcome("ok", 1, 1)
LATE = CallOutcome("InferenceTimeout", 1, 1)
IN_DOUBT = "AmbiguousOutcome"


def refused(error: str, poll: str | None = None) -> Promise:
    """An answer that is final: it is raised, and nothing is sent again."""
    post, question = CallOutcome(error, 1, 0), CallOutcome(poll or error, 1, 1)
    return Promise(post, post, question, question)


def turned_away(error: str) -> Promise:
    """The service says that it has not begun: asked again, three times in all."""
    return Promise(CallOutcome("ok", 2, 1), CallOutcome(error, 3, 0), FINE, LATE)


def broken(error: str, *, billed: int) -> Promise:
    """A POST is not sent again, since nobody can tell what became of it (or since it was answered badly); a question
    about a job costs nothing, and is asked again until the wait is over."""
    post = CallOutcome(error, 1, billed)
    return Promise(post, post, FINE, LATE)


def job(ends: CallOutcome) -> Promise:
    """A scenario of a job's life: the POST is as usual, the wait ends so."""
    return Promise(FINE, FINE, ends, ends)


HARMLESS = job(FINE)

PROMISES: dict[str, Promise] = {
    "status-400": refused("BadRequestError"),
    "status-401": refused("AuthenticationError"),
    "status-403": refused("PermissionDeniedError"),
    "status-404": refused("NotFoundError"),
    "status-405": refused("MethodNotAllowedError"),
    "status-406": refused("InsufficientCreditsError"),
    "status-410": refused("ModelRetiredError"),
    "status-422": refused("UnprocessableError", poll="InferenceFailed"),
    "status-429": turned_away("RateLimitError"),
    "status-500": broken("InternalServerError", billed=0),
    "status-502": broken(IN_DOUBT, billed=0),
    "status-503": turned_away("ServiceUnavailableError"),
    "status-504": broken(IN_DOUBT, billed=0),
    "status-451": refused("StatusError"),
    "status-520": broken(IN_DOUBT, billed=0),
    "no-credits": refused("InsufficientCreditsError"),
    "retired": refused("ModelRetiredError"),
    "rate-limited": turned_away("RateLimitError"),
    "html-405": refused("MethodNotAllowedError"),
    "html-502": broken(IN_DOUBT, billed=0),
    "redirect-302": refused("StatusError"),
    "poll-502-once": HARMLESS,
    "poll-429-once": HARMLESS,
    "poll-reset-once": HARMLESS,
    "poll:html-502:5": HARMLESS,
    "completed-at-once": HARMLESS,
    "starts-processing": HARMLESS,
    "stuck": job(LATE),
    "unknown-state": job(LATE),
    "unknown-state-passing": HARMLESS,
    "completed-then-expired": job(CallOutcome("NotFoundError", 1, 1)),
    "job-fails": job(CallOutcome("InferenceFailed", 1, 1)),
    "content-block": refused("BadRequestError", poll="InferenceFailed")._replace(submit=FINE),
    "late-validation": job(CallOutcome("InferenceFailed", 1, 1)),
    "credits-run-out": HARMLESS,
    "foreign-status-url": HARMLESS,
    "relative-status-url": HARMLESS,
    "json-on-200": HARMLESS,
    "json-declared": HARMLESS,
    "broken-base64": job(FINE)._replace(
        post_once=CallOutcome("UnreadableResponse", 1, 1),
        post_always=CallOutcome("UnreadableResponse", 1, 1),
        submit=FINE,
    ),
    "empty-body": broken("UnreadableResponse", billed=1),
    "truncated-body": broken(IN_DOUBT, billed=1),
    "reset-before-work": broken(IN_DOUBT, billed=0),
    "reset-before-body": broken(IN_DOUBT, billed=1),
    "reset-during-body": broken(IN_DOUBT, billed=1),
    "reset-after-body": HARMLESS,
    "latency:0.01": HARMLESS,
    "latency:600": broken(IN_DOUBT, billed=1),
}

#: With `at_least_once`, where it makes a difference: a POST whose outcome is unknown meets the scenario once.
AT_LEAST_ONCE: dict[str, CallOutcome] = {
    "status-502": CallOutcome("ok", 2, 1),
    "status-504": CallOutcome("ok", 2, 1),
    "html-502": CallOutcome("ok", 2, 1),
    "status-520": CallOutcome("ok", 2, 1),
    "truncated-body": CallOutcome("ok", 2, 2),
    "reset-before-work": CallOutcome("ok", 2, 1),
    "reset-before-body": CallOutcome("ok", 2, 2),
    "reset-during-body": CallOutcome("ok", 2, 2),
    "latency:600": CallOutcome("ok", 2, 2),
}

#: What the user can fix: nothing is sent, and it is of no use to ask again.
FIXABLE = Promise(*2 * (CallOutcome("ConfigurationError", 0, 0),), *2 * (CallOutcome("ConfigurationError", 1, 1),))
#: What the machine has no more of, for now: nothing is sent, and it is asked for again until the time is over.
LACKING = Promise(*2 * (CallOutcome("ConnectionFailed", 0, 0),), *2 * (LATE,))

#: Errors on this machine, by what is wrong. In a batch each leaves the line to do.
ON_THIS_MACHINE: dict[str, Promise] = {
    "ALL_PROXY=socks://127.0.0.1:1": FIXABLE,
    "ALL_PROXY=socks5://127.0.0.1:1": FIXABLE,
    "HTTPS_PROXY=htp://proxy.test": FIXABLE,
    "HTTP_PROXY=http://proxy.test:31x28": FIXABLE,
    "SSL_CERT_FILE=/missing.pem": FIXABLE,
    "SSL_CERT_FILE=/dev/null": FIXABLE,
    "no file handle": LACKING,
    "no memory": LACKING,
    "no name server": LACKING,
    "no thread": LACKING,
}
#: The client that blocks never starts a thread.
ASYNCIO_ALONE = frozenset({"no thread"})

OPERATIONS = ("generate", "submit", "wait", "resume")


def promised(scenario: str, operation: str, how_often: str) -> CallOutcome:
    """Return the expected value of one cell of the matrix."""
    promise = PROMISES.get(scenario) or ON_THIS_MACHINE[scenario]
    if operation == "submit" and promise.submit is not None:
        return promise.submit
    kind = "post" if operation in ("generate", "submit") else "poll"
    fate: CallOutcome = getattr(promise, f"{kind}_{how_often}")
    return fate
