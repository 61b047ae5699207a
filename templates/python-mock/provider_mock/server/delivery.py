"""Delivery of an answer: whole, or with a broken connection.

ASGI has no way to break a connection. Our own server and the transport of the pytest plugin provide one under
`scope["extensions"]["provider_mock"]`: `abort` resets the connection, `close` closes it. Under any other server an
exception is raised, which makes it drop the connection.
"""

from __future__ import annotations

import asyncio
from typing import Literal

from .asgi import CONNECTION, Answer, Scope, Send

#: `unmade`: the request is not handled and not answered. `lost`: the request is handled, and a reset comes before the
#: answer. `broken`: a reset in the middle of the body. `then-reset`: a reset after the whole answer. `cut`: the connection
#: is closed normally in the middle of the body.
Delivery = Literal["whole", "unmade", "lost", "broken", "then-reset", "cut"]

#: Seconds to wait before a reset, which discards what has not been sent yet.
_LEAVE_S = 0.05


async def deliver(answer: Answer, how: Delivery, scope: Scope, send: Send) -> None:
    """Send the answer, or the part of it that `how` allows."""
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
