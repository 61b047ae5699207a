"""How an answer travels: whole, or broken off on the way.

To break a connection an application must reach what carries it, which ASGI does not offer. Our own server and the
transport of the pytest plugin do, under `scope["extensions"]["segmind_mock"]`: `abort` resets the connection, `close`
ends it. Under any other server an error is raised, upon which it drops the connection.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from .asgi import CONNECTION, Answer, Scope, Send

#: `unmade`: nothing was done and nothing is answered. `lost`: all was done, and no byte of the answer arrives.
#: `broken`: a reset in the middle of the body. `then-reset`: a reset after the whole answer. `cut`: the connection ends
#: in the middle of the body as if all were well.
Delivery = Literal["whole", "unmade", "lost", "broken", "then-reset", "cut"]

#: What was sent has to leave before a reset, which throws away whatever still waits. Seconds.
_LEAVE_S = 0.05


async def deliver(answer: Answer, how: Delivery, scope: Scope, send: Send) -> None:
    """Sends the answer, as far as it gets."""
    if how == "whole":
        await answer.send(send)
        return
    if how == "then-reset":
        await answer.send(send)
    elif how in ("broken", "cut"):
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
    if how in ("broken", "then-reset"):
        await asyncio.sleep(_LEAVE_S)
    carrier = scope.get("extensions", {}).get(CONNECTION)
    if carrier is None:
        raise ConnectionResetError("The scenario breaks the connection here.")
    carrier["close" if how == "cut" else "abort"]()
