"""Check the queue: submit a job, follow it to its end, and check its result."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..cases import item
from ..expected_files import ExpectedFiles
from ..findings import Unavailable, Unchecked, printable
from ..formats.measure import measure
from ..spec.answers import find, verdict
from ..spec.facts import Operation, Source
from ..spec.origins import origin_of
from ..spec.service import Acceptor
from .answers import check_queued_answer
from .bodies import is_list, listed, part_source, read_object, types_of
from .files import check_different, check_file, plain_type
from .headers import check_success
from .waiting import JobWait

if TYPE_CHECKING:
    from ..service.checker import Checker

_NAME = re.compile(r"[A-Za-z0-9_.~-]{1,100}")
#: Roles of the facts about a file; documented ones must be present and not empty.
_FILE = ("file_url", "file_type", "file_name", "file_size")


class Job(NamedTuple):
    """An accepted job and the endpoints of its status and result."""

    id: str
    status: Operation
    result: Operation


def submit(checker: Checker, payload: Mapping[str, Any], scenario: str | None = None) -> Job:
    """Submit a job and check the response."""
    operation, platform = checker.model.submit, checker.platform
    if operation is None:
        raise Unchecked("the model has no path for the queue")
    where = str(operation)
    accepted = platform.assumed("submit-status")
    expected = {platform.value_of("submit-status", 200)}
    response = checker.post(operation, payload, expected, accepted, scenario=scenario)
    content = read_object(checker, response, where, "submitted")
    check_success(checker, response, where, "submit")
    state, first = platform.roles.get("state"), platform.queue.pending[0]
    if types_of(platform, "submitted", "state") and find(content, state) != first:
        checker.report("wrong-state", f"{where}, {state}", first, printable(find(content, state)), accepted)
    request_id = find(content, platform.roles["request_id"])
    if not isinstance(request_id, str) or not _NAME.fullmatch(request_id):
        # It becomes part of the paths of later requests.
        source = part_source(platform, "submitted", "request_id")
        at = f"{where}, {platform.roles['request_id']}"
        raise checker.stop("invalid-id", at, "an id of letters, digits and -_.~", printable(request_id), source)
    job = Job(
        request_id,
        platform.poll(checker.model, platform.queue.status_path, request_id),
        platform.poll(checker.model, platform.queue.result_path, request_id),
    )
    for role, asked in (("status_url", job.status), ("result_url", job.result), ("poll_url", job.status)):
        url = find(content, platform.roles.get(role))
        if isinstance(url, str):
            _check_url(
                checker, url, asked, f"{where}, {platform.roles[role]}", part_source(platform, "submitted", role)
            )
    header = platform.headers.get("request_id")
    named = response.headers.get(header.name.lower()) if header is not None else None
    if header is not None and named is not None and named != request_id:
        source = platform.source("/headers/request_id", header.basis)
        checker.report("wrong-id", f"{where}, {header.name}", request_id, named, source)
    return job


def follow(checker: Checker, job: Job, fails: bool = False) -> None:
    """Poll the job to its end. Its states must be documented and in order."""
    queue, own_mock = checker.platform.queue, checker.service.is_own_mock
    source = Source("platform.yaml, /queue/acceptors", "page")
    pending = tuple(dict.fromkeys(queue.pending))
    final = (*queue.done, *queue.failed)
    ranks = {state: rank for rank, state in enumerate(pending)} | dict.fromkeys(final, len(pending))
    seen: list[str] = []
    wait = JobWait(checker)
    while True:
        acceptor, where = poll(checker, job, refund=True)
        state = acceptor.value
        before = seen[-1] if seen else pending[0]
        if ranks[state] < ranks[before]:
            raise checker.stop("backward-state", where, f"{before} or a later state", state, source)
        rank = ranks[seen[-1]] + 1 if seen else 0
        # Another mock may be told to be quick.
        if own_mock and ranks[state] > rank:
            skipped = Source("a job shows each state in turn, as on the mock", "inferred")
            checker.report("skipped-state", where, pending[rank], state, skipped)
        seen.append(state)
        if acceptor.outcome != "pending":
            break
        if len(seen) == 1 and "early-result" in checker.platform.assumptions:
            _read_early(checker, job)
        wait.for_next_poll(where, state)
    if acceptor.outcome == "done":
        wait.end()
    checker.unseen |= {item("state", checker.model.slug, known) for known in ranks if known not in seen}
    ends = queue.failed if fails else queue.done
    if acceptor.outcome == "failed" and not fails and not checker.service.strict:
        raise Unavailable(f"{where}: the job {state}")
    if state not in ends:
        raise checker.stop("wrong-end", where, ends[0], state, source)
    if poll(checker, job)[0] != acceptor:
        raise checker.stop("moving-end", where, f"{state} in every later poll", "another state", source)


def read_result(checker: Checker, job: Job, fails: bool = False) -> dict[str, Any]:
    """Read the result of a job that has ended, and check that it agrees with the status."""
    platform, where = checker.platform, str(job.result)
    queue, body, outcome = platform.queue, "failed" if fails else "result", "failed" if fails else "done"
    expected = {acceptor.http for acceptor in queue.acceptors if acceptor.outcome == outcome}
    response = checker.get(job.result, expected)
    content = read_object(checker, response, where, body)
    state, ends = platform.roles.get("state"), queue.failed if fails else queue.done
    if types_of(platform, body, "state") and find(content, state) not in ends:
        source = Source("platform.yaml, /queue: status and result agree", "page")
        raise checker.stop("status-and-result", f"{where}, {state}", ends[0], printable(find(content, state)), source)
    if fails:
        _check_failed(checker, content, where)
    return content


def result_files(checker: Checker, job: Job, wanted: ExpectedFiles) -> list[bytes]:
    """Download and check the files of a finished job. The answer of a text or JSON model counts as one file."""
    content, platform = read_result(checker, job), checker.platform
    where = str(job.result)
    if wanted.is_data:
        return [check_queued_answer(checker, content, where)]
    if "format" not in checker.model.output:
        # What the platform says of a synchronous response is only assumed of a file in the storage.
        wanted = wanted._replace(format_source=platform.assumed("format"))
    role = "output" if types_of(platform, "result", "output") else "files"
    source = part_source(platform, "result", role)
    held, pointer = listed(platform, "result", role, content)
    many = isinstance(find(content, pointer), list)
    if len(held) != wanted.file_count or many != is_list(platform, "result", role, wanted.file_count):
        counted = platform.assumed("many-outputs") if role == "output" else source
        checker.report("wrong-count", f"{where}, {pointer}", f"{wanted.file_count} files", f"{len(held)}", counted)
    urls = held if role == "output" else [find(entry, platform.roles.get("file_url")) for entry in held]
    sizes = _check_files(checker, content, urls, wanted, where) if types_of(platform, "result", "files") else {}
    files: list[bytes] = []
    for number, url in enumerate(urls):
        at = f"{where}, {pointer}/{number}" if many else f"{where}, {pointer}"
        if url in (None, ""):
            raise checker.stop("no-file", at, "a URL of a file", printable(url), checker.model.source("/output"))
        if not isinstance(url, str) or origin_of(url) is None:
            raise checker.stop("relative-url", at, "an absolute URL", printable(url), source)
        response = checker.fetch(url)
        if response.status != 200:
            expected = "the file, without a key"
            raise checker.stop("no-download", f"{at}, {printable(url)}", expected, response.summary(), source)
        check_file(checker, response.body, wanted, at, response.declared)
        label = plain_type(response.declared)
        if label not in (wanted.media_type or label, measure(response.body).media_type):
            declared = Source("the storage declares the media type of each file", "inferred")
            checker.report("wrong-content-type", f"{at}, content-type", wanted.media_type, response.declared, declared)
        declared_size = sizes.get(url)
        if declared_size is not None and declared_size != len(response.body):
            seen = part_source(platform, "result", "files")
            checker.report("wrong-file-size", f"{at}, file_size", len(response.body), declared_size, seen)
        files.append(response.body)
    check_different(checker, files, f"{where}, {pointer}")
    return files


def poll(checker: Checker, job: Job, refund: bool = False) -> tuple[Acceptor, str]:
    """Return the acceptor that matches the status, and its source. Raises CaseStopped for any other state."""
    platform, asked = checker.platform, job.status
    acceptors = platform.queue.acceptors
    response = checker.get(asked, {acceptor.http for acceptor in acceptors}, refund=refund)
    means = verdict(acceptors, response.status, response.json_object)
    if means is None and response.status >= 500 and not checker.service.strict:
        raise Unavailable(f"{asked}: {response.summary()}")
    failed = means == "failed" or (means is None and response.status >= 400)
    content = read_object(checker, response, str(asked), "failed" if failed else "status")
    source = platform.source("/queue/acceptors", "page")
    matching = [acceptor for acceptor in acceptors if find(content, acceptor.path) == acceptor.value]
    if not matching:
        pointer = acceptors[0].path
        states = ", ".join(dict.fromkeys(acceptor.value for acceptor in acceptors))
        got = printable(find(content, pointer))
        raise checker.stop("unknown-state", f"{asked}, {pointer}", f"one of {states}", got, source)
    fitting = next((acceptor for acceptor in matching if acceptor.http == response.status), None)
    if fitting is None:
        state, expected = matching[0].value, " or ".join(str(acceptor.http) for acceptor in matching)
        raise checker.stop("failed-status", f"{asked}", f"{expected} for {state}", str(response.status), source)
    if fitting.outcome == "failed":
        _check_failed(checker, content, str(asked))
    return fitting, f"{asked}, {fitting.path}"


def _read_early(checker: Checker, job: Job) -> None:
    """Check the result endpoint of a job that has not ended."""
    platform, where = checker.platform, str(job.result)
    queue, source = platform.queue, platform.assumed("early-result")
    response = checker.get(
        job.result, {acceptor.http for acceptor in queue.acceptors if acceptor.outcome != "failed"}, source
    )
    content = response.json_object
    if content is None:
        raise checker.stop("no-object", f"{where}, body", "a JSON object", response.summary(), source)
    means = verdict(queue.acceptors, response.status, content)
    outputs = [pointer for role in ("output", "files") if (pointer := platform.roles.get(role)) is not None]
    early = next((pointer for pointer in outputs if find(content, pointer) is not None), None)
    if means == "pending" and early is not None:
        checker.report("early-output", f"{where}, {early}", "none before the job is done", find(content, early), source)
    elif means is None or (checker.service.is_own_mock and means != "pending"):
        pointer = queue.acceptors[0].path
        checker.report(
            "early-state", f"{where}, {pointer}", "a pending state", printable(find(content, pointer)), source
        )


def _check_failed(checker: Checker, content: Mapping[str, Any], where: str) -> None:
    """Check that a failed job has an error message, if the spec documents one."""
    platform = checker.platform
    if types_of(platform, "failed", "error_text"):
        pointer = platform.roles["error_text"]
        message = find(content, pointer)
        if not isinstance(message, str) or not message.strip():
            source = part_source(platform, "failed", "error_text")
            checker.report("error-envelope", f"{where}, {pointer}", "why the job failed", printable(message), source)


def _check_files(
    checker: Checker, content: Mapping[str, Any], urls: Sequence[Any], wanted: ExpectedFiles, where: str
) -> dict[str, int]:
    """Check what a result says of its files, and return the size of each file by its URL."""
    platform = checker.platform
    source, roles = part_source(platform, "result", "files"), platform.roles
    pointer = roles["files"]
    entries, expected = _entries(checker, content, wanted)
    if len(entries) != expected:
        checker.report("wrong-count", f"{where}, {pointer}", f"{expected} files", f"{len(entries)}", source)
    sizes: dict[str, int] = {}
    for number, entry in enumerate(entries):
        at = f"{where}, {pointer}/{number}" if isinstance(find(content, pointer), list) else f"{where}, {pointer}"
        for role in _FILE:
            if role in roles and find(entry, roles[role]) in (None, ""):
                checker.report("missing-key", f"{at}{roles[role]}", "a value", find(entry, roles[role]), source)
        url, media_type = find(entry, roles.get("file_url")), find(entry, roles.get("file_type"))
        if url is not None and url not in urls:
            checker.report("other-url", f"{at}{roles['file_url']}", "a URL of the output", url, source)
        if (
            wanted.media_type is not None
            and media_type not in (None, wanted.media_type)
            and (not isinstance(media_type, str) or plain_type(media_type) != wanted.media_type)
        ):
            checker.report("wrong-content-type", f"{at}{roles['file_type']}", wanted.media_type, media_type, source)
        size = find(entry, roles.get("file_size"))
        if isinstance(size, str) and size.isascii() and size.isdigit():
            size = int(size)
        if type(size) is int and isinstance(url, str):
            sizes[url] = size
    return sizes


def _entries(checker: Checker, content: Mapping[str, Any], wanted: ExpectedFiles) -> tuple[Sequence[Any], int]:
    """Return what a result says of its files, and how many files it should describe: one where it holds a single object."""
    pointer = checker.platform.roles["files"]
    found = find(content, pointer)
    if "array" in types_of(checker.platform, "result", "files"):
        return (
            listed(checker.platform, "result", "files", content)[0] if isinstance(found, list) else []
        ), wanted.file_count
    return [found] if isinstance(found, dict) else [], 1


def _check_url(checker: Checker, url: str, asked: Operation, where: str, source: Source) -> None:
    service = checker.service
    if origin_of(url) is None:
        checker.report("relative-url", where, "an absolute URL", printable(url), source)
    elif origin_of(url) != service.origin(asked.base_url):
        checker.report("foreign-url", where, f"a URL at {service.origin(asked.base_url)}", url, source)
    elif urlsplit(url).path != urlsplit(service.at(asked.base_url)).path + asked.path:
        checker.report("wrong-url", where, asked.path, url, source)
