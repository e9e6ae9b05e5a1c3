"""The client library: talk to a chat server from a program.

A bot that answers greetings, and comes back by itself when the connection is lost:

    import asyncio
    from chat.client import Message, connect

    async def main() -> None:
        async with connect("localhost", 10101, user="eco", rooms=["#bots"]) as client:
            await client.send("#bots", "oi, gente")
            async for event in client:
                match event:
                    case Message(from_=name, body="oi", to=to) if name != client.user:
                        await client.send(to if to.startswith("#") else f"@{name}", f"oi, {name}")

    asyncio.run(main())

A screen keeps a `State` and applies every event of the iteration to it.
"""

from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.client import Client, connect
from chat.client.errors import ConnectFailed, Disconnected, NameRefused, OutboxFull, Refused
from chat.client.events import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    LocalEvent,
    Missed,
    Pending,
    Reset,
)
from chat.client.outbox import Item, MemoryOutbox, Outbox
from chat.client.pulse import Timings
from chat.client.state import State
from chat.client.talk import Line, Status, Talk, fold
from chat.messages import (
    Error,
    HistoryPage,
    Joined,
    Left,
    Members,
    Message,
    RoomInfo,
    RoomList,
    Welcome,
)

__all__ = [
    "Changes",
    "Client",
    "ClientEvent",
    "ConnectFailed",
    "Connection",
    "ConnectionChanged",
    "Disconnected",
    "Error",
    "Failed",
    "HistoryPage",
    "Item",
    "Joined",
    "Left",
    "Line",
    "LocalEvent",
    "Members",
    "MemoryOutbox",
    "Message",
    "Missed",
    "NameRefused",
    "Notice",
    "NoticeKind",
    "Outbox",
    "OutboxFull",
    "Pending",
    "Refused",
    "Reset",
    "RoomInfo",
    "RoomList",
    "State",
    "Status",
    "Talk",
    "Timings",
    "Welcome",
    "connect",
    "fold",
]
