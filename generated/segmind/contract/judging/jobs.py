"""The queue: a job's way from its submit to its end, and the pictures that come of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..cases import item
from ..findings import Unavailable, Unchecked, shown
from ..orders import Order
from ..service.wire import origin_of
from ..spec.answers import find, verdict
from ..spec.facts import Operation, Source
from ..spec.service import Acceptor
from .bodies import is_list, listed, part_source, read_object, types_of
from .headers import check_good
from .pictures import check_different, check_picture

if TYPE_CHECKING:
    from ..service.probe import Probe

_NAME = re.compile(r"[A-Za-z0-9_.~-]{1,100}")
#: What an answer says of a file, by our names for the roles; documented ones are there and not empty.
_FILE = ("file_url", "file_type", "file_name", "file_size")


class Job(NamedTuple):
    """A job that was accepted, and where it is asked for."""

    id: str
    status: Operation
    result: Operation


def submit(probe: Probe, payload: Mapping[str, Any], scenario: str | None = None) -> Job:
    """Puts a job into the queue, and checks what the answer says of it."""
    operation, platform = probe.model.submit, probe.platform
    if operation is None:
        raise Unchecked("the model has no path for the queue")
    where = str(operation)
    accepted = platform.assumed("submit-status")
    expected = {platform.value_of("submit-status", 200)}
    answer = probe.post(operation, payload, expected, accepted, scenario=scenario)
    content = read_object(probe, answer, where, "submitted")
    check_good(probe, answer, where, "submit")
    state, first = platform.roles.get("state"), platform.queue.pending[0]
    if types_of(platform, "submitted", "state") and find(content, state) != first:
        probe.note("wrong-state", f"{where}, {state}", first, shown(find(content, state)), accepted)
    request_id = find(content, platform.roles["request_id"])
    if not isinstance(request_id, str) or not _NAME.fullmatch(request_id):
        # It becomes part of paths that are asked for.
        source = part_source(platform, "submitted", "request_id")
        place = f"{where}, {platform.roles['request_id']}"
        raise probe.end("odd-name", place, "a plain name", shown(request_id), source)
    job = Job(
        request_id,
        platform.poll(probe.model, platform.queue.status_path, request_id),
        platform.poll(probe.model, platform.queue.result_path, request_id),
    )
    for role, asked in (("status_url", job.status), ("result_url", job.result), ("poll_url", job.status)):
        url = find(content, platform.roles.get(role))
        if isinstance(url, str):
            _check_url(probe, url, asked, f"{where}, {platform.roles[role]}", part_source(platform, "submitted", role))
    header = platform.headers.get("request_id")
    named = answer.headers.get(header.name.lower()) if header is not None else None
    if header is not None and named is not None and named != request_id:
        source = platform.source("/headers/request_id", header.basis)
        probe.note("wrong-name", f"{where}, {header.name}", request_id, named, source)
    return job


def follow(probe: Probe, job: Job, fails: bool = False) -> None:
    """Polls the job to its end: its states are documented ones, and go forward only."""
    queue = probe.platform.queue
    source = Source("platform.yaml, /queue/acceptors", "page")
    pending = tuple(dict.fromkeys(queue.pending))
    final = (*queue.done, *queue.failed)
    ranks = {state: rank for rank, state in enumerate(pending)} | dict.fromkeys(final, len(pending))
    seen: list[str] = []
    until, waited = time.monotonic() + queue.timeout_s, 0.0
    while True:
        acceptor, where = _poll(probe, job, refund=True)
        state = acceptor.value
        before = seen[-1] if seen else pending[0]
        if ranks[state] < ranks[before]:
            raise probe.end("backward-state", where, f"{before} or what follows it", state, source)
        rank = ranks[seen[-1]] + 1 if seen else 0
        if probe.place.provokes and ranks[state] > rank:
            skipped = Source("a job shows each state in turn, as the mock's does", "inferred")
            probe.note("skipped-state", where, pending[rank], state, skipped)
        seen.append(state)
        if acceptor.outcome != "pending":
            break
        if len(seen) == 1 and "early-result" in probe.platform.assumptions:
            _read_early(probe, job)
        if time.monotonic() > until or waited > queue.timeout_s:
            raise probe.end("endless-job", where, f"an end within {queue.timeout_s} s", state, source)
        _wait(probe, queue.interval_s)
        waited += queue.interval_s
    probe.unseen |= {item("state", probe.model.slug, known) for known in ranks if known not in seen}
    ends = queue.failed if fails else queue.done
    if acceptor.outcome == "failed" and not fails and not probe.place.strict:
        raise Unavailable(f"{where}: the job {state}")
    if state not in ends:
        raise probe.end("wrong-end", where, ends[0], state, source)
    if _poll(probe, job)[0] != acceptor:
        raise probe.end("moving-end", where, f"{state} for good", "another state", source)


def _wait(probe: Probe, seconds: float) -> None:
    """Lets time pass between two polls; a mock's clock is pushed instead."""
    if probe.place.provokes:
        probe.admin("clock", {"advance": seconds})
    else:
        time.sleep(seconds)


def read_result(probe: Probe, job: Job, fails: bool = False) -> dict[str, Any]:
    """The result of a job that has ended, which agrees with its status."""
    platform, where = probe.platform, str(job.result)
    queue, body, outcome = platform.queue, "failed" if fails else "result", "failed" if fails else "done"
    expected = {acceptor.http for acceptor in queue.acceptors if acceptor.outcome == outcome}
    answer = probe.get(job.result, expected)
    content = read_object(probe, answer, where, body)
    state, ends = platform.roles.get("state"), queue.failed if fails else queue.done
    if types_of(platform, body, "state") and find(content, state) not in ends:
        source = Source("platform.yaml, /queue: status and result agree", "page")
        raise probe.end("status-and-result", f"{where}, {state}", ends[0], shown(find(content, state)), source)
    if fails:
        _check_failed(probe, content, where)
    return content


def outcome_of(probe: Probe, job: Job, order: Order) -> list[bytes]:
    """The pictures of a job that is done: as many as ordered, each true."""
    content, platform = read_result(probe, job), probe.platform
    where = str(job.result)
    role = "output" if types_of(platform, "result", "output") else "files"
    source = part_source(platform, "result", role)
    held, pointer = listed(platform, "result", role, content)
    many = isinstance(find(content, pointer), list)
    if len(held) != order.pictures or many != is_list(platform, "result", role, order.pictures):
        counted = platform.assumed("many-outputs") if role == "output" else source
        probe.note("wrong-count", f"{where}, {pointer}", f"{order.pictures} pictures", f"{len(held)}", counted)
    urls = held if role == "output" else [find(entry, platform.roles.get("file_url")) for entry in held]
    sizes = _check_files(probe, content, urls, order, where) if types_of(platform, "result", "files") else {}
    pictures: list[bytes] = []
    for number, url in enumerate(urls):
        place = f"{where}, {pointer}/{number}" if many else f"{where}, {pointer}"
        if not isinstance(url, str) or origin_of(url) is None:
            raise probe.end("relative-url", place, "an absolute URL", shown(url), source)
        answer = probe.fetch(url)
        if answer.status != 200:
            raise probe.end("no-picture", f"{place}, {shown(url)}", "200 without a key", answer.described(), source)
        check_picture(probe, answer.body, order, place)
        if order.media_type is not None and answer.declared != order.media_type:
            declared = Source("what stores the pictures says of each what it is", "inferred")
            probe.note("wrong-content-type", f"{place}, content-type", order.media_type, answer.declared, declared)
        said = sizes.get(url)
        if said is not None and said != len(answer.body):
            seen = part_source(platform, "result", "files")
            probe.note("wrong-file-size", f"{place}, file_size", len(answer.body), said, seen)
        pictures.append(answer.body)
    check_different(probe, pictures, f"{where}, {pointer}")
    return pictures


def _poll(probe: Probe, job: Job, refund: bool = False) -> tuple[Acceptor, str]:
    """Return the acceptor that matches the status, and its source. Raises Ended for any other state."""
    platform, asked = probe.platform, job.status
    acceptors = platform.queue.acceptors
    answer = probe.get(asked, {acceptor.http for acceptor in acceptors}, refund=refund)
    means = verdict(acceptors, answer.status, answer.object)
    if means is None and answer.status >= 500 and not probe.place.strict:
        raise Unavailable(f"{asked}: {answer.described()}")
    failed = means == "failed" or (means is None and answer.status >= 400)
    content = read_object(probe, answer, str(asked), "failed" if failed else "status")
    source = platform.source("/queue/acceptors", "page")
    said = [acceptor for acceptor in acceptors if find(content, acceptor.path) == acceptor.value]
    if not said:
        pointer = acceptors[0].path
        states = ", ".join(dict.fromkeys(acceptor.value for acceptor in acceptors))
        came = shown(find(content, pointer))
        raise probe.end("unknown-state", f"{asked}, {pointer}", f"one of {states}", came, source)
    fitting = next((acceptor for acceptor in said if acceptor.http == answer.status), None)
    if fitting is None:
        state, expected = said[0].value, " or ".join(str(acceptor.http) for acceptor in said)
        raise probe.end("failed-status", f"{asked}", f"{expected} for {state}", str(answer.status), source)
    if fitting.outcome == "failed":
        _check_failed(probe, content, str(asked))
    return fitting, f"{asked}, {fitting.path}"


def _read_early(probe: Probe, job: Job) -> None:
    """Check the result endpoint of a job that has not ended."""
    platform, where = probe.platform, str(job.result)
    queue, source = platform.queue, platform.assumed("early-result")
    answer = probe.get(
        job.result, {acceptor.http for acceptor in queue.acceptors if acceptor.outcome != "failed"}, source
    )
    content = answer.object
    if content is None:
        raise probe.end("no-object", f"{where}, body", "a JSON object", answer.described(), source)
    means = verdict(queue.acceptors, answer.status, content)
    outputs = [pointer for role in ("output", "files") if (pointer := platform.roles.get(role)) is not None]
    early = next((pointer for pointer in outputs if find(content, pointer) is not None), None)
    if means == "pending" and early is not None:
        probe.note("early-output", f"{where}, {early}", "none before the job is done", find(content, early), source)
    elif means is None or (probe.place.strict and means != "pending"):
        pointer = queue.acceptors[0].path
        probe.note("early-state", f"{where}, {pointer}", "a pending state", shown(find(content, pointer)), source)


def _check_failed(probe: Probe, content: Mapping[str, Any], where: str) -> None:
    """A job that failed says why, where the spec has a place for that."""
    platform = probe.platform
    if types_of(platform, "failed", "error_text"):
        pointer = platform.roles["error_text"]
        words = find(content, pointer)
        if not isinstance(words, str) or not words.strip():
            source = part_source(platform, "failed", "error_text")
            probe.note("error-envelope", f"{where}, {pointer}", "why the job failed", shown(words), source)


def _check_files(
    probe: Probe, content: Mapping[str, Any], urls: Sequence[Any], order: Order, where: str
) -> dict[str, int]:
    """Check the list of files in a result, and return the size of each file by its URL."""
    platform = probe.platform
    source, roles = part_source(platform, "result", "files"), platform.roles
    pointer, none = roles["files"], list[Any]()
    entries = listed(platform, "result", "files", content)[0] if isinstance(find(content, pointer), list) else none
    if len(entries) != order.pictures:
        probe.note("wrong-count", f"{where}, {pointer}", f"{order.pictures} pictures", f"{len(entries)}", source)
    sizes: dict[str, int] = {}
    for number, entry in enumerate(entries):
        place = f"{where}, {pointer}/{number}"
        for role in _FILE:
            if role in roles and find(entry, roles[role]) in (None, ""):
                probe.note("missing-key", f"{place}{roles[role]}", "a value", find(entry, roles[role]), source)
        url, media_type = find(entry, roles.get("file_url")), find(entry, roles.get("file_type"))
        if url is not None and url not in urls:
            probe.note("other-url", f"{place}{roles['file_url']}", "a URL of the output", url, source)
        if order.media_type is not None and media_type not in (None, order.media_type):
            probe.note("wrong-content-type", f"{place}{roles['file_type']}", order.media_type, media_type, source)
        size = find(entry, roles.get("file_size"))
        if type(size) is int and isinstance(url, str):
            sizes[url] = size
    return sizes


def _check_url(probe: Probe, url: str, asked: Operation, where: str, source: Source) -> None:
    place = probe.place
    if origin_of(url) is None:
        probe.note("relative-url", where, "an absolute URL", shown(url), source)
    elif origin_of(url) != place.origin(asked.base_url):
        probe.note("foreign-url", where, f"a URL at {place.origin(asked.base_url)}", url, source)
    elif urlsplit(url).path != urlsplit(place.at(asked.base_url)).path + asked.path:
        probe.note("wrong-url", where, asked.path, url, source)
