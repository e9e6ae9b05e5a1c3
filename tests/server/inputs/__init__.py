"""Bad inputs by the rows of chat/check/RELIABILITY.md's list, how they are cut, and how each is said."""

import random
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.peer import Peer, Said, framed

PING = framed(b'{"type":"ping","ref":"good"}')
HELLO = framed(b'{"type":"hello","version":1,"user":"evil"}')
CID = b"cid-0000"
"""Stands in an input for a cid of its own."""
MEMBERS = {"type", "code", "message", "ref", "cid", "why", "wait"}
"""All that an error may say."""
SEED = random.SystemRandom().getrandbits(32)
"""Of the random cuts; a run that fails prints it, and it may be put here."""


class Bad(NamedTuple):
    """One input: its row, its bytes, and what is answered: codes of errors, else types of events."""

    row: int
    data: bytes
    answers: tuple[str, ...]
    lasts: bool = True
    """Whether the conversation goes on."""
    welcomed: bool = True
    """Whether somebody says it who has been let in."""


def lost(row: int, code: str, *headers: bytes) -> list[Bad]:
    """Bytes after which there are no frames any more."""
    return [Bad(row, header, (code,), lasts=False) for header in headers]


def bad(row: int, answer: str, *payloads: bytes | str) -> list[Bad]:
    """Payloads that are answered by one code each."""
    return [Bad(row, framed(_bytes(one)), (answer,)) for one in payloads]


def opening(row: int, answer: str, *payloads: bytes | str) -> list[Bad]:
    """The same before a welcome."""
    return [Bad(row, framed(_bytes(one)), (answer,), welcomed=False) for one in payloads]


def several(row: int, answers: str, *payloads: bytes | str, lasts: bool = True) -> Bad:
    """Payloads one after the other, and their answers."""
    data = b"".join(framed(_bytes(one)) for one in payloads)
    return Bad(row, data, tuple(answers.split()), lasts)


def _bytes(payload: bytes | str) -> bytes:
    return payload if isinstance(payload, bytes) else payload.encode()


def named(inputs: list[Bad]) -> dict[str, Bad]:
    """Each with a name: its row, and how it begins."""
    names: dict[str, Bad] = {}
    for number, one in enumerate(inputs):
        start = one.data.removeprefix(one.data[:64]) or one.data.strip()
        text = "".join(c if c.isalnum() else "-" for c in start[:40].decode("ascii", "replace"))
        names[f"{one.row}-{number}-{text.strip('-')}"] = one
    return names


Cut = Callable[[bytes], list[bytes]]


def _frames(data: bytes) -> list[bytes]:
    """The header apart from what follows, of each frame as far as there are frames."""
    pieces = []
    while data:
        header, data = data[:64], data[64:]
        size = int(header) if header.strip().isdigit() and header.isascii() else len(data)
        pieces += [header, data[:size]]
        data = data[size:]
    return [piece for piece in pieces if piece]


def _at_random(data: bytes) -> list[bytes]:
    dice, pieces = random.Random(f"{SEED} {data!r}"), []
    while data:
        step = dice.randint(1, max(1, len(data) // 4))
        pieces.append(data[:step])
        data = data[step:]
    return pieces


BYTEWISE = 300
"""Bytes that are written one by one: a header and what is told apart after it; the rest in one piece."""
CUTS: dict[str, Cut] = {
    "whole": lambda data: [data],
    "frame by frame": _frames,
    "byte by byte": lambda data: [
        *(data[n : n + 1] for n in range(min(BYTEWISE, len(data)))),
        *filter(None, [data[BYTEWISE:]]),
    ],
    "random": _at_random,
}


async def judge(evil: Peer, one: Bad, cut: Cut, *, glued: bool = False, number: int = 0) -> list[Said]:
    """Say a bad input; its answers, which are those expected. It is still heard afterwards, or closed.

    `glued`: in one write between two good frames. `number` goes into its cids, of which none is used twice.
    """
    data = one.data.replace(CID, b"cid-%04d" % number)
    before = PING if glued and one.welcomed else b""
    after = (PING if one.welcomed else HELLO) if one.lasts else b""
    last = len(data) if one.lasts else min(63, len(data))  # who is closed in the middle may not hear why
    for piece in [before + data + after] if glued else [*cut(data[:last]), data[last:] + after]:
        evil.raw(piece)
        await evil.writer.drain()
    heard = [await _answer(evil) for _ in range(len(one.answers) + bool(before) + bool(after))]
    said = [answer for answer in heard if not _good(answer)]
    assert len(heard) - len(said) == bool(before) + bool(after), (heard, one)
    found = tuple(answer.get("code", answer["type"]) for answer in said)
    assert found == one.answers, (found, one, f"seed {SEED}")
    for answer in said:
        assert answer["type"] != "error" or set(answer) <= MEMBERS, answer
        assert "Traceback" not in str(answer)
        assert len(answer.get("message", "")) < 200
    if not one.lasts:
        assert [answer for answer in await evil.closed() if answer["type"] == "error"] == []
    return said


def _good(answer: Said) -> bool:
    return answer["type"] == "welcome" or (answer["type"] == "pong" and answer.get("ref") == "good")


async def _answer(evil: Peer) -> Said:
    """What is next said to this one: not what the others say, nor who comes and goes."""
    while True:
        said = await evil.hear()
        assert said is not None, evil.heard[-3:]
        if not _others(said):
            return said


def _others(said: dict[str, Any]) -> bool:
    told = said["type"] in ("joined", "left") and "ref" not in said
    return told or said["type"] == "ping" or (said["type"] == "message" and said["from"] != "evil")
