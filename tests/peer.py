"""A client that knows only the wire contract: no import from the program under test."""

import asyncio
import json
import ssl
from typing import Any, Self

from tests.patience import PATIENCE

Said = dict[str, Any]
OPEN: list["Peer"] = []
"""Every connection made; a fixture drops them at the end of each test."""


def framed(payload: bytes) -> bytes:
    """A frame as the contract describes it."""
    return str(len(payload)).encode().ljust(64) + payload


class Peer:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.welcome: Said = {}
        self.heard: list[Said] = []
        OPEN.append(self)

    @classmethod
    async def connect(cls, port: int, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None) -> Self:
        """A connection that has said nothing yet."""
        reader, writer = await asyncio.open_connection(host, port, limit=2**24, ssl=tls)
        return cls(reader, writer)

    @classmethod
    async def hello(cls, port: int, user: str, **more: Any) -> Self:
        """A connection that has been welcomed."""
        peer = await cls.connect(port)
        peer.say(type="hello", version=1, user=user, **more)
        peer.welcome = await peer.expect("welcome")
        return peer

    def say(self, **message: Any) -> None:
        """Send one message."""
        self.raw(framed(json.dumps(message).encode()))

    def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.writer.write(data)

    async def hear(self) -> Said | None:
        """The next message, None once the connection is closed."""
        async with asyncio.timeout(PATIENCE):
            try:
                header = await self.reader.readexactly(64)
                payload = await self.reader.readexactly(int(header))
            except (asyncio.IncompleteReadError, ConnectionError):
                return None
        message: Said = json.loads(payload)
        self.heard.append(message)
        return message

    async def expect(self, type: str, **members: Any) -> Said:
        """The next message of a type and with these members; others before it are passed over."""
        while True:
            message = await self.hear()
            assert message is not None, f"closed while waiting for {type} {members}; heard {self.heard[-3:]}"
            wanted = message["type"] == type and all(message.get(k) == v for k, v in members.items())
            if wanted:
                return message
            assert type == "error" or message["type"] != "error", (
                f"{message} while waiting for {type} {members}"
            )

    async def expect_ref(self, ref: str) -> Said:
        """The direct answer to what was asked under a `ref`, be it an error."""
        while True:
            message = await self.hear()
            assert message is not None, f"closed while waiting for {ref}"
            if message.get("ref") == ref:
                return message

    async def closed(self) -> list[Said]:
        """What is still said until the connection is closed."""
        rest = []
        while (message := await self.hear()) is not None:
            rest.append(message)
        return rest

    async def silent(self) -> list[Said]:
        """What has been said by now: everything before the answer to a ping."""
        self.say(type="ping", ref="silent?")
        before = []
        while (message := await self.hear()) is not None:
            if message["type"] == "pong" and message.get("ref") == "silent?":
                return before
            before.append(message)
        raise AssertionError("closed while waiting for pong")

    async def send(self, to: str, body: str, cid: str) -> Said:
        """Send a message and wait for its acknowledgement."""
        self.say(type="send", to=to, body=body, cid=cid)
        return await self.expect("message", cid=cid)

    def close(self) -> None:
        """Close without a word."""
        self.writer.close()

    def reset(self) -> None:
        """Drop the connection."""
        self.writer.transport.abort()
