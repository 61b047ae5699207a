"""Credits in whole millionths of a US dollar, so that ten thousand calls at 0.006 add up exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

MICRO = 1_000_000


def micros(amount: object) -> int:
    """Convert an amount in dollars, as a number or decimal string, to millionths. Raises ValueError.

    >>> micros(0.006), micros("12.5")
    (6000, 12500000)
    """
    if isinstance(amount, bool) or not isinstance(amount, (int, float, str, Decimal)):
        raise ValueError(f"expected a number of credits, got {amount!r}")
    try:
        value = Decimal(str(amount))
        if not 0 <= value <= 10**9:
            raise ValueError(f"expected a number of credits from 0 to 1e9, got {amount!r}")
    except InvalidOperation:
        raise ValueError(f"expected a number of credits, got {amount!r}") from None
    return int((value * MICRO).quantize(Decimal(1), ROUND_HALF_UP))


def dollars(amount: int) -> str:
    """Convert millionths to the shortest exact decimal string.

    >>> dollars(99_994_000), dollars(5_000_000)
    ('99.994', '5.0')
    """
    whole, part = divmod(amount, MICRO)
    return f"{whole}.{part:06d}".rstrip("0") + ("" if part else "0")
