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

from chat.client.asking import Context
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.client import Client
from chat.client.connect import connect
from chat.client.errors import ConnectFailed, Disconnected, NameRefused, OutboxFull, Refused, Unanswered
from chat.client.events import (
    ClientEvent,
    Connection,
    ConnectionChanged,
    Failed,
    FoundHere,
    LocalEvent,
    Missed,
    PageHere,
    Pending,
    Reset,
    Unkept,
)
from chat.client.identity import Identity
from chat.client.line import Line, Status, fold
from chat.client.locker import folder_for
from chat.client.moderating import Person
from chat.client.notes import Notes
from chat.client.outbox import Item, MemoryOutbox, Outbox
from chat.client.pulse import Timings
from chat.client.sayings import Change
from chat.client.state import State
from chat.client.talk import Talk
from chat.client.trust import KnownServers, Trust
from chat.messages import (
    Delete,
    Deleted,
    Edit,
    Edited,
    Error,
    Found,
    HistoryPage,
    Joined,
    Left,
    Members,
    Message,
    Moderated,
    Rank,
    React,
    Reacted,
    Reaction,
    RoomInfo,
    RoomKind,
    RoomList,
    SetTopic,
    Topic,
    Welcome,
)

__all__ = [
    "Change",
    "Changes",
    "Client",
    "ClientEvent",
    "ConnectFailed",
    "Connection",
    "ConnectionChanged",
    "Context",
    "Delete",
    "Deleted",
    "Disconnected",
    "Edit",
    "Edited",
    "Error",
    "Failed",
    "Found",
    "FoundHere",
    "HistoryPage",
    "Identity",
    "Item",
    "Joined",
    "KnownServers",
    "Left",
    "Line",
    "LocalEvent",
    "Members",
    "MemoryOutbox",
    "Message",
    "Missed",
    "Moderated",
    "NameRefused",
    "Notes",
    "Notice",
    "NoticeKind",
    "Outbox",
    "OutboxFull",
    "PageHere",
    "Pending",
    "Person",
    "Rank",
    "React",
    "Reacted",
    "Reaction",
    "Refused",
    "Reset",
    "RoomInfo",
    "RoomKind",
    "RoomList",
    "SetTopic",
    "State",
    "Status",
    "Talk",
    "Timings",
    "Topic",
    "Trust",
    "Unanswered",
    "Unkept",
    "Welcome",
    "connect",
    "fold",
    "folder_for",
]
