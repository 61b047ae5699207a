"""The queue: a job's way from its submit to its end, and the pictures that come of it."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlsplit

from .cases import item
from .facts import Source
from .findings import Unavailable, Unchecked, shown
from .headers import check_good
from .orders import Order
from .pictures import check_different, check_picture
from .wire import Answer, origin_of

if TYPE_CHECKING:
    from .probe import Probe

#: Keys of answers that public clients have seen beside the documented ones.
_SEEN = {"submit": ("status", "poll_url"), "status": ("metrics",), "result": ("images",)}
_RESULT = ("status", "output", "metrics")
_FAILED = ("status", "metrics")
_IMAGE = ("url", "content_type", "file_name", "file_size")


_NAME = re.compile(r"[A-Za-z0-9_.~-]{1,100}")


class Job(NamedTuple):
    """A job that was accepted."""

    id: str
    status_path: str
    result_path: str


def submit(probe: Probe, payload: Mapping[str, Any], scenario: str | None = None) -> Job:
    """Puts a job into the queue, and checks what the answer says of it."""
    operation, queue = probe.model.submit, probe.platform.queue
    if operation is None:
        raise Unchecked("the model has no path for the queue")
    where = f"{operation.method} {operation.path}"
    accepted = probe.platform.assumed("submit-status")
    answer = probe.post(operation.path, payload, {200}, accepted, method=operation.method, scenario=scenario)
    source = Source("platform.yaml, /queue/submit_keys", "page")
    content = _object(probe, answer, where)
    for key in queue.submit_keys:
        if not isinstance(content.get(key), str):
            raise probe.end("missing-key", f"{where}, /{key}", "a text", content.get(key), source)
    _only(probe, content, (*queue.submit_keys, *_SEEN["submit"]), where)
    check_good(probe, answer, where, "submit")
    if content.get("status") != queue.pending[0]:
        probe.note("wrong-state", f"{where}, /status", queue.pending[0], shown(content.get("status")), accepted)
    request_id = content.get("request_id")
    if not isinstance(request_id, str) or not _NAME.fullmatch(request_id):
        # It becomes part of paths that are asked for.
        raise probe.end("odd-name", f"{where}, /request_id", "a plain name", shown(request_id), source)
    job = Job(
        request_id,
        queue.status_path.replace("{request_id}", request_id),
        queue.result_path.replace("{request_id}", request_id),
    )
    paths = {"status_url": job.status_path, "response_url": job.result_path, "poll_url": job.status_path}
    for key, path in paths.items():
        if key in content:
            documented = Source(f"platform.yaml, /queue, and the SDK, which wants {key} absolute", "sdk")
            _check_url(probe, content[key], path, f"{where}, /{key}", documented)
    header = probe.platform.header("request_id")
    named = answer.headers.get(header.name.lower()) if header is not None else None
    if header is not None and named is not None and named != request_id:
        source = probe.platform.source("/headers/request_id", header.basis)
        probe.note("wrong-name", f"{where}, {header.name}", request_id, named, source)
    return job


def follow(probe: Probe, job: Job, fails: bool = False) -> None:
    """Polls the job to its end: its states are documented ones, and go forward only."""
    queue = probe.platform.queue
    source = Source("platform.yaml, /queue/states", "page")
    ranks = {state: rank for rank, state in enumerate(queue.pending)}
    ranks |= dict.fromkeys((*queue.done, *queue.failed), len(queue.pending))
    seen: list[str] = []
    until, waited = time.monotonic() + queue.timeout_s, 0.0
    while True:
        state = _poll(probe, job, refund=True)
        before = seen[-1] if seen else queue.pending[0]
        where = f"GET {job.status_path}, /status"
        if state not in ranks:
            raise probe.end("unknown-state", where, f"one of {', '.join(queue.states)}", state, source)
        if ranks[state] < ranks[before]:
            raise probe.end("backward-state", where, f"{before} or what follows it", state, source)
        rank = ranks[seen[-1]] + 1 if seen else 0
        if probe.place.provokes and ranks[state] > rank:
            skipped = Source("a job shows each state in turn, as the mock's does", "inferred")
            probe.note("skipped-state", where, queue.pending[rank], state, skipped)
        seen.append(state)
        if state in (*queue.done, *queue.failed):
            break
        if len(seen) == 1:
            _read_early(probe, job)
        if time.monotonic() > until or waited > queue.timeout_s:
            raise probe.end("endless-job", where, f"an end within {queue.timeout_s} s", state, source)
        _wait(probe, queue.interval_s)
        waited += queue.interval_s
    probe.unseen |= {item("state", probe.model.slug, known) for known in queue.states if known not in seen}
    ends = queue.failed if fails else queue.done
    if state in queue.failed and not fails and not probe.place.strict:
        raise Unavailable(f"{where}: the job {state}")
    if state not in ends:
        raise probe.end("wrong-end", where, ends[0], state, source)
    if _poll(probe, job) != state:
        raise probe.end("moving-end", where, f"{state} for good", "another state", source)


def _wait(probe: Probe, seconds: float) -> None:
    """Lets time pass between two polls; a mock's clock is pushed instead."""
    if probe.place.provokes:
        probe.admin("clock", {"advance": seconds})
    else:
        time.sleep(seconds)


def read_result(probe: Probe, job: Job, fails: bool = False) -> dict[str, Any]:
    """The result of a job that has ended, which agrees with its status."""
    queue = probe.platform.queue
    where = f"GET {job.result_path}"
    answer = probe.get(job.result_path, {queue.failed_status if fails else 200})
    source = Source("platform.yaml, /queue: status and result agree", "page")
    content = _object(probe, answer, where)
    ends = queue.failed if fails else queue.done
    if content.get("status") not in ends:
        raise probe.end("status-and-result", f"{where}, /status", ends[0], shown(content.get("status")), source)
    if fails:
        _check_failed(probe, content, where)
    return content


def outcome_of(probe: Probe, job: Job, order: Order) -> list[bytes]:
    """The pictures of a job that is done: as many as ordered, each true."""
    content = read_result(probe, job)
    where = f"GET {job.result_path}"
    source = Source("platform.yaml, /queue/result_path", "page")
    _only(probe, content, (*_RESULT, *_SEEN["result"]), where)
    metrics = content.get("metrics")
    seconds = cast("dict[str, Any]", metrics).get("inference_time") if isinstance(metrics, dict) else None
    if type(seconds) not in (int, float):
        probe.note("missing-key", f"{where}, /metrics/inference_time", "a number", seconds, source)
    output = content.get("output")
    urls = cast("Sequence[Any]", output) if isinstance(output, list) else [output]
    if len(urls) != order.pictures or isinstance(output, list) != (order.pictures > 1):
        counted = Source("several pictures of a job are a list of URLs under output, one is a URL", "inferred")
        probe.note("wrong-count", f"{where}, /output", f"{order.pictures} pictures", f"{len(urls)}", counted)
    sizes = _check_images(probe, content.get("images"), urls, order, where)
    pictures: list[bytes] = []
    for number, url in enumerate(urls):
        place = f"{where}, /output/{number}" if isinstance(output, list) else f"{where}, /output"
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
            seen = Source("public clients have seen images[] with size and type", "observed")
            probe.note("wrong-file-size", f"{place}, file_size", len(answer.body), said, seen)
        pictures.append(answer.body)
    check_different(probe, pictures, f"{where}, /output")
    return pictures


def _poll(probe: Probe, job: Job, refund: bool = False) -> str:
    queue = probe.platform.queue
    where = f"GET {job.status_path}"
    answer = probe.get(job.status_path, {200, queue.failed_status}, refund=refund)
    content = _object(probe, answer, where)
    state = content.get("status")
    source = platform_source = probe.platform.source("/queue/failed_status")
    if (state in queue.failed) != (answer.status == queue.failed_status):
        raise probe.end(
            "failed-status", where, f"{queue.failed_status} if FAILED, else 200", f"{answer.status}, {state}", source
        )
    if answer.status == queue.failed_status:
        _check_failed(probe, content, where)
    else:
        _only(probe, content, ("status", *_SEEN["status"]), where)
    if not isinstance(state, str):
        raise probe.end("missing-key", f"{where}, /status", "a state", state, platform_source)
    return state


def _read_early(probe: Probe, job: Job) -> None:
    """What a job that has not ended says at its result."""
    where = f"GET {job.result_path}"
    probe_source = probe.platform.assumed("early-result")
    answer = probe.get(job.result_path, {200}, probe_source)
    content = _object(probe, answer, where)
    if content.get("status") in probe.platform.queue.pending and "output" in content:
        probe.note("early-output", f"{where}, /output", "none before the job is done", content["output"], probe_source)
    elif content.get("status") not in probe.platform.queue.states:
        probe.note("early-state", f"{where}, /status", "a state", shown(content.get("status")), probe_source)
    elif probe.place.strict and content.get("status") not in probe.platform.queue.pending:
        probe.note("early-state", f"{where}, /status", "a pending state", content.get("status"), probe_source)


def _check_failed(probe: Probe, content: Mapping[str, Any], where: str) -> None:
    key = probe.platform.error_key
    source = probe.platform.source("/queue/failed_status")
    words = content.get(key)
    if not isinstance(words, str) or not words.strip():
        probe.note("error-envelope", f"{where}, /{key}", "why the job failed", shown(words), source)
    _only(probe, content, (*_FAILED, key), where)


def _check_images(probe: Probe, images: Any, urls: Sequence[Any], order: Order, where: str) -> dict[str, int]:
    """What a result lists about its pictures. Gives the size of each file by its URL."""
    source = Source("public clients have seen images[] with url, content_type, file_name and file_size", "observed")
    listed: Sequence[Any] = cast("Sequence[Any]", images) if isinstance(images, list) else ()
    if len(listed) != order.pictures:
        probe.note("wrong-count", f"{where}, /images", f"{order.pictures} pictures", f"{len(listed)}", source)
    sizes: dict[str, int] = {}
    for number, entry in enumerate(listed):
        about = cast("dict[str, Any]", entry) if isinstance(entry, dict) else {}
        place = f"{where}, /images/{number}"
        for key in _IMAGE:
            if about.get(key) in (None, ""):
                probe.note("missing-key", f"{place}/{key}", "a value", about.get(key), source)
        if "url" in about and about["url"] not in urls:
            probe.note("other-url", f"{place}/url", "a URL of output", about["url"], source)
        if order.media_type is not None and about.get("content_type") not in (None, order.media_type):
            probe.note("wrong-content-type", f"{place}/content_type", order.media_type, about["content_type"], source)
        if type(about.get("file_size")) is int and isinstance(about.get("url"), str):
            sizes[about["url"]] = about["file_size"]
    return sizes


def _check_url(probe: Probe, url: Any, path: str, where: str, source: Source) -> None:
    base = urlsplit(probe.place.base).path
    if not isinstance(url, str) or origin_of(url) is None:
        probe.note("relative-url", where, "an absolute URL", shown(url), source)
    elif origin_of(url) != probe.place.origin:
        probe.note("foreign-url", where, f"a URL at {probe.place.origin}", url, source)
    elif urlsplit(url).path != base + path:
        probe.note("wrong-url", where, path, url, source)


def _object(probe: Probe, answer: Answer, where: str) -> dict[str, Any]:
    source = Source("platform.yaml, /queue: answers are JSON", "page")
    content = answer.object
    if content is None:
        raise probe.end("no-object", f"{where}, body", "a JSON object", answer.described(), source)
    if answer.declared != "application/json":
        probe.note(
            "wrong-content-type", f"{where}, content-type", "application/json", answer.declared or "none", source
        )
    return content


def _only(probe: Probe, content: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    source = Source("the keys that pages and public clients show", "inferred")
    for key in content:
        if key not in known:
            probe.note("unknown-key", f"{where}, /{shown(key)}", "no such key", shown(content[key]), source)
