"""`chat-server erase`: all that somebody said is taken back, then out of the history and off the disk."""

import asyncio

from chat.errors import Code, Refused
from chat.history.backing import Told
from chat.history.base import SAID, Draft, Entry, Kind
from chat.history.sqlite import SqliteHistory
from chat.hub.core import Core
from chat.hub.rooms import Amendment, amend
from chat.names import Name
from chat.operating.carrying import scopes
from chat.operating.data import Data
from chat.registry import owners
from chat.registry.sqlite import SqliteRegistry


async def erase(core: Core, data: Data, name: Name, told: Told, *, free: bool) -> int:
    """Erase what a person said in rooms and private talks, edits and reactions too; how many entries it was.

    Each of them stays as a place, with who said it and when. Whoever has a copy is told as of any deletion.
    Done again, after a crash or an error, it goes on where it was. `free`: the name is anybody's afterwards;
    otherwise it stays theirs. Raises StorageFailed, Conflict,
    Refused where other machines have what was said too.
    """
    history, known = data.history, scopes(core.registry, name)
    if not (isinstance(history, SqliteHistory) and isinstance(data.registry, SqliteRegistry)):
        raise Refused(Code.NOT_ALLOWED, "shared")
    for user in core.hub.people.all_resembling(name):
        for member in list(user.members):
            member.end("kicked")
        core.bus.end([session for there in user.elsewhere.values() for session in there.sessions], "kicked")
    count, after, topics = 0, 0, dict[str, Entry]()
    while page := await history.by(known, after):
        drafts = [await _taking_back(history, entry, core.now()) for entry in page]
        await asyncio.gather(*(history.append(draft) for draft in drafts if draft is not None))
        topics |= {entry.conversation: entry for entry in page if entry.kind is Kind.TOPIC}
        await history.empty(page)
        count, after = count + len(page), page[-1].id
        told(after, core.hub.head)
    for entry in topics.values():
        await _clear_topic(core, entry)
    await core.registry.erase(name.key)
    if free:
        await owners.free(core.registry, name)
    await history.shred()
    await data.registry.shred()
    return count


async def _taking_back(history: SqliteHistory, entry: Entry, now: int) -> Draft | None:
    """What tells everybody that an entry counts no more; None if it does not as it is."""
    if entry.kind in SAID and entry.conversation and not (entry.fold and entry.fold.deleted):
        return _change(entry, Kind.DELETE, entry.id, "", now)
    if entry.kind is Kind.REACT and entry.body and entry.target is not None:
        target = await history.find(entry.target)
        named = target.fold.reactions.get(entry.body, ()) if target and target.fold else ()
        if entry.sender in named:
            return _change(entry, Kind.UNREACT, entry.target, entry.body, now)
    return None


def _change(entry: Entry, kind: Kind, target: int | None, body: str, now: int) -> Draft:
    """Under a `cid` by which it is stored once, however often it is tried."""
    return Draft(
        entry.conversation,
        entry.owner,
        f"erase-{entry.id}",
        entry.to,
        entry.sender,
        now,
        body,
        entry.readers,
        entry.author,
        kind,
        target,
    )


async def _clear_topic(core: Core, entry: Entry) -> None:
    """Where a room is still about what they said it is, it is about nothing now."""
    room = core.hub.rooms.get(entry.conversation)
    if room is not None and entry.body and room.topic == entry.body:
        await amend(core, room, Amendment(topic=""))
        await core.history.append(_change(entry, Kind.TOPIC, None, "", core.now()))
