"""A service that answers with true files of every medium. It is written with the standard library only and knows nothing of ours.

The parameter `prompt` (of a chat: the last message) says as JSON what to answer:

    {"file": "clip.mp4"}             a file of `files/`; v1 answers its bytes, v2 a URL
    "cut": 100                       only its first bytes
    "label": "text/plain"            another content type
    "encoding": "gzip"               the header content-encoding
    "packed": ["gzip"]               compressed so
    "piece": 100                     in chunks of this size, without a length
    "mark": true                     v1: JSON begins with a byte order mark and white space
    "moved": 303                     v1: this status, and the address of the file
    "under": "video"                 v1: JSON with base64 under this name; v2: an object with the URL under it
    "several": 2                     v1: a list of base64; v2: a list of URLs
    "body": "<html>"                 this text instead of a file; v2: at the URL
    "output": …                      v2: this value as `output`
    "json": …                        v1: this JSON; v2: as `output`, as a string if "text" is true
    "redirect": 2                    v2: so many redirects before the file
    "megabytes": 500                 an MP4 of this size
"""

from __future__ import annotations

import base64
import gzip
import json
import struct
import sys
import threading
import zlib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "files"
_TYPES = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
    ".m4a": "audio/mp4",
    ".aac": "audio/aac",
    ".glb": "model/gltf-binary",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".avif": "image/avif",
}
_PIECE = bytes(1 << 20)
_PACKERS = {"gzip": gzip.compress, "deflate": zlib.compress, "raw": lambda content: zlib.compress(content, wbits=-15)}


class Service(ThreadingHTTPServer):
    """The service at `url`. `orders` are the answers of the accepted jobs, and `posts` the paths of all POSTs."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self.orders: dict[str, dict[str, Any]] = {}
        self.posts: list[str] = []
        self.lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        text = body["messages"][-1]["content"] if "messages" in body else body.get("prompt", "{}")
        text = text if isinstance(text, str) else text[0]["text"]
        order: dict[str, Any] = json.loads(text)
        with self.server.lock:
            self.server.posts.append(self.path)
            number = f"r{len(self.server.orders) + 1}"
            self.server.orders[number] = order
        if self.path.startswith("/v2/"):
            at = f"{self.server.url}/v2/requests/{number}"
            self._json({"request_id": number, "status": "QUEUED", "status_url": f"{at}/status", "response_url": at})
        elif "moved" in order:
            self.send_response(order["moved"])
            self.send_header("location", f"{self.server.url}/files/{number}/0")
            self.send_header("content-length", "0")
            self.end_headers()
        elif "json" in order:
            self._json(order["json"])
        elif "under" in order:
            texts = [base64.b64encode(_content(order)).decode()] * order.get("several", 1)
            answer = {"status": "Success", order["under"]: texts if "several" in order else texts[0]}
            start = b"\xef\xbb\xbf\r\n" + b" " * 99 if order.get("mark") else b""
            self._send(start + json.dumps(answer).encode(), "application/json", order)
        else:
            self._file(order)

    def do_GET(self) -> None:
        parts = self.path.strip("/").split("/")
        if parts[0] == "files":
            self._download(parts[1], int(parts[2]))
            return
        order = self.server.orders[parts[2]]
        if parts[-1] == "status":
            self._json({"status": "COMPLETED", "metrics": {"inference_time": 0.5}})
            return
        result: dict[str, Any] = {"status": "COMPLETED", "metrics": {"inference_time": 0.5}}
        url = f"{self.server.url}/files/{parts[2]}/{order.get('redirect', 0)}"
        if "json" in order:
            result["output"] = json.dumps(order["json"]) if order.get("text") else order["json"]
        elif "output" in order:
            result["output"] = order["output"]
        elif "under" in order:
            result[order["under"]] = {"url": url, "content_type": "video/mp4", "file_size": "5"}
        else:
            result["output"] = [url] * order["several"] if "several" in order else url
        self._json(result)

    def _download(self, number: str, redirects: int) -> None:
        if redirects:
            self.send_response(302)
            self.send_header("location", f"/files/{number}/{redirects - 1}")
            self.send_header("content-length", "0")
            self.end_headers()
        else:
            self._file(self.server.orders[number])

    def _file(self, order: dict[str, Any]) -> None:
        if "megabytes" in order:
            self._large(order["megabytes"])
            return
        usual = _TYPES.get(Path(order.get("file", "")).suffix, "application/octet-stream")
        self._send(_content(order), order.get("label", usual), order)

    def _large(self, megabytes: int) -> None:
        """Send an MP4 whose samples are followed by zeros, a megabyte at a time."""
        start = (FILES / "clip.mp4").read_bytes()
        self.send_response(200)
        self.send_header("content-type", "video/mp4")
        self.send_header("content-length", str(len(start) + 8 + (megabytes << 20)))
        self.end_headers()
        self.wfile.write(start + struct.pack(">I4s", 8 + (megabytes << 20), b"free"))
        # The client may have enough.
        with suppress(ConnectionError):
            for _ in range(megabytes):
                self.wfile.write(_PIECE)

    def _json(self, value: object) -> None:
        self._send(json.dumps(value).encode(), "application/json")

    def _send(self, body: bytes, label: str, order: dict[str, Any] | None = None) -> None:
        how = order or {}
        for name in how.get("packed", ()):
            body = _PACKERS[name](body)
        self.send_response(200)
        self.send_header("content-type", label)
        if "encoding" in how:
            self.send_header("content-encoding", how["encoding"])
        piece = how.get("piece", 0)
        self.send_header(*(("transfer-encoding", "chunked") if piece else ("content-length", str(len(body)))))
        self.send_header("x-remaining-credits", "9.5")
        self.send_header("x-request-id", "q1")
        self.end_headers()
        if piece:
            for at in range(0, len(body), piece):
                chunk = body[at : at + piece]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
            body = b"0\r\n\r\n"
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def _content(order: dict[str, Any]) -> bytes:
    if "body" in order:
        return str(order["body"]).encode("latin-1")
    whole = (FILES / order["file"]).read_bytes()
    return whole[: order.get("cut", len(whole))]


if __name__ == "__main__":
    service = Service(int(sys.argv[1]))
    sys.stdout.write(f"listening on {service.url}\n")
    sys.stdout.flush()
    service.serve_forever()
