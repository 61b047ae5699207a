"""A server that reads a body and answers as a queue would, checking nothing: what Starlette itself costs."""

from __future__ import annotations

import socket

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

#: As long as the mock's image, so that as much has to be sent.
_IMAGE = bytes(126_000)


async def submit(request: Request) -> JSONResponse:
    await request.json()
    url = f"http://{request.headers['host']}/v2/requests/1"
    return JSONResponse({"request_id": "1", "status_url": f"{url}/status", "response_url": url, "status": "QUEUED"})


async def status(request: Request) -> JSONResponse:
    return JSONResponse({"status": "QUEUED", "request_id": request.path_params["id"]})


async def generate(request: Request) -> Response:
    await request.json()
    return Response(_IMAGE, media_type="image/jpeg")


def main() -> None:
    routes = [
        Route("/v1/{slug}", generate, methods=["POST"]),
        Route("/v2/requests/{id}/status", status),
        Route("/v2/{slug}", submit, methods=["POST"]),
    ]
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    config = uvicorn.Config(Starlette(routes=routes), access_log=False, log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
