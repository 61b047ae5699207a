"""FLAC: 16-bit mono samples, stored as they are, with the comment in its metadata. Needs no encoder."""

from __future__ import annotations

from functools import lru_cache
from struct import pack

#: Samples in a frame. A loop has whole frames, so that few of them differ.
_BLOCK = 4000
_FIELD = b"COMMENT="
_VENDOR = pack("<I", 4) + b"mock" + pack("<I", 1)
#: The codes of frame headers for the sample rates that they name.
_RATES = {8_000: 4, 16_000: 5, 22_050: 6, 24_000: 7, 32_000: 8, 44_100: 9, 48_000: 10}


def sound_file(loop: bytes, samples: int, sample_rate: int, comment: bytes) -> bytes:
    """Return a file of this number of samples: those of `loop`, little-endian, again and again.

    The loop has a multiple of 4000 samples.
    """
    shown = (
        pack(">HH", _BLOCK, _BLOCK) + bytes(6) + (sample_rate << 44 | 15 << 36 | samples).to_bytes(8, "big") + bytes(16)
    )
    field = _FIELD + comment
    notes = _VENDOR + pack("<I", len(field)) + field
    parts = [b"fLaC", _block(0, shown), _block(0x84, notes)]
    whole, rest = divmod(samples, _BLOCK)
    swapped = _big_endian(loop)
    sums: dict[bytes, int] = {}
    for number in range(whole + (rest > 0)):
        count = _BLOCK if number < whole else rest
        start = number * _BLOCK * 2 % len(swapped)
        body = b"\x02" + swapped[start : start + count * 2]
        if body not in sums:
            sums[body] = _sum16(0, body)
        head = _frame_header(number, count, sample_rate)
        checksum = _advanced(_sum16(0, head), len(body)) ^ sums[body]
        parts += [head, body, pack(">H", checksum)]
    return b"".join(parts)


def comment_in(data: bytes) -> bytes | None:
    """Return the comment of a file; None if it has none, or is no such file."""
    start = 42
    if data[:4] != b"fLaC" or data[start : start + 1] != b"\x84" or not data[start + 4 :].startswith(_VENDOR):
        return None
    start += 4 + len(_VENDOR)
    size = int.from_bytes(data[start : start + 4], "little")
    field = data[start + 4 : start + 4 + size]
    return field[len(_FIELD) :] if len(field) == size and field.startswith(_FIELD) else None


def _block(kind: int, content: bytes) -> bytes:
    return bytes([kind]) + len(content).to_bytes(3, "big") + content


def _frame_header(number: int, count: int, sample_rate: int) -> bytes:
    """Return the header of a frame of mono samples with 16 bits; its number is written as in UTF-8."""
    coded = chr(number).encode("utf-8", "surrogatepass")
    head = b"\xff\xf8" + bytes([7 << 4 | _RATES[sample_rate], 4 << 1]) + coded + pack(">H", count - 1)
    return head + bytes([_sum8(head)])


def _big_endian(samples: bytes) -> bytes:
    swapped = bytearray(len(samples))
    swapped[0::2], swapped[1::2] = samples[1::2], samples[0::2]
    return bytes(swapped)


def _table(polynomial: int, bits: int) -> tuple[int, ...]:
    top, mask = 1 << bits - 1, (1 << bits) - 1
    table: list[int] = []
    for byte in range(256):
        value = byte << bits - 8
        for _ in range(8):
            value = (value << 1 ^ polynomial if value & top else value << 1) & mask
        table.append(value)
    return tuple(table)


_TABLE_8, _TABLE_16 = _table(0x07, 8), _table(0x8005, 16)


def _sum8(data: bytes) -> int:
    value = 0
    for byte in data:
        value = _TABLE_8[value ^ byte]
    return value


def _sum16(value: int, data: bytes) -> int:
    table = _TABLE_16
    for byte in data:
        value = value << 8 & 0xFFFF ^ table[value >> 8 ^ byte]
    return value


def _advanced(value: int, length: int) -> int:
    """Return a checksum after so many zero bytes. It is linear, so that it is the sum of what its bits give."""
    result = 0
    for bit, given in enumerate(_of_bits(length)):
        if value >> bit & 1:
            result ^= given
    return result


@lru_cache(maxsize=64)
def _of_bits(length: int) -> tuple[int, ...]:
    zeros = bytes(length)
    return tuple(_sum16(1 << bit, zeros) for bit in range(16))
