"""Keeps what the server says in a copy, in its order, and of each talk what is to be known next time."""

import asyncio
from collections.abc import Iterable

import msgspec

from chat import messages as m
from chat.client import entries
from chat.client.brake import Backlog
from chat.client.entries import Said
from chat.client.line import fold
from chat.client.notes import Notes
from chat.client.talk import KeptTalk, Talk
from chat.history.base import Entry, Kind
from chat.history.copy import Copy

BATCH = 200
"""Entries that are handed to the copy at once, or fewer after PAUSE."""
PAUSE = 0.25
"""Seconds for which what came waits for more: so much a kill costs, and the server says it again."""
MOST = 10_000
"""Entries that may be on their way to a slow disk, about 10 MB; with more, nothing more is read."""
SESSION = "session"
"""The name under which the notes have the secret of the last welcome."""
_APPLIED = ""
"""The key, no talk's, under which the copy has the id up to which things were shown."""


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(KeptTalk).decode


class Keeper:
    """The one that writes to a copy; without one it does nothing. `talks` are the talks kept, by key."""

    def __init__(self) -> None:
        self.copy: Copy | None = None
        self.talks: dict[str, KeptTalk] = {}
        self.applied = 0
        """The id up to which what came was shown."""
        self._notes = Notes(None)
        self._rooms: set[str] = set()
        self._entries: list[Entry] = []
        self._ahead: dict[int, Entry] = {}
        self._changed: set[str] = set()
        self._cursor = 0
        self._timer: asyncio.TimerHandle | None = None
        self.backlog = Backlog(MOST)

    def use(self, copy: Copy, notes: Notes) -> None:
        """Write to this copy, which is open, from now on; learn what it has of the talks.

        The secret of each welcome goes to the notes: with it a guest is the same one the next time.
        """
        self.copy, self._notes = copy, notes
        self._cursor = copy.cursor or 0
        for key, value in copy.talks.items():
            if key == _APPLIED:
                self.applied = int(value) if value.isdecimal() else 0
            else:
                self._learn(key, value)

    def _learn(self, key: str, value: str) -> None:
        try:
            self.talks[key] = _decode(value)
        except msgspec.MsgspecError:
            return  # of a newer version, perhaps; what was said is there all the same

    def welcomed(self, welcome: m.Welcome, cursor: int | None) -> None:
        """A conversation has begun, in which what is above `cursor` comes by itself."""
        if self.copy is None:
            return
        self._notes.setting(SESSION, welcome.session)
        if welcome.log != self.copy.log or cursor != self._cursor:
            self._drop(welcome.log, cursor or 0)
        for room in welcome.rooms:
            self.talk(room.name).topic = room.topic
        self.follow(room.name for room in welcome.rooms)

    def _drop(self, log: str, cursor: int) -> None:
        assert self.copy is not None
        self._entries.clear()
        self._ahead.clear()
        self._cursor = self.applied = cursor
        self.talks = {key: KeptTalk(talk.name, joined=talk.joined) for key, talk in self.talks.items()}
        self.copy.reset(log, cursor)
        self._changed |= {*self.talks, _APPLIED}

    def follow(self, rooms: Iterable[str]) -> None:
        """From now on what is said in these rooms comes by itself, and in no others."""
        if self.copy is None:
            return
        joined = {fold(room): room for room in rooms}
        for key, name in joined.items():
            self.talk(name).joined = True
            self._changed.add(key)
        for key in self._rooms - joined.keys():
            if key in self.talks:
                self.talks[key].joined = False
                self._changed.add(key)
        self._rooms = set(joined)
        self.flush()
        self.copy.follow(self._rooms)

    def talk(self, name: str) -> KeptTalk:
        """What is kept of a talk; it is written with the next batch."""
        key = fold(name)
        self._note(key)
        return self.talks.setdefault(key, KeptTalk(name))

    def said(self, event: Said, conversation: str | None, *, in_turn: bool) -> None:
        """Keep something that came; out of its turn, once everything before it has come."""
        if self.copy is None:
            return
        ours = conversation is not None and (conversation[0] != "#" or conversation in self._rooms)
        entry = entries.entry(event, conversation) if ours and conversation is not None else None
        if in_turn:
            self._come(event.id, entry)
        elif entry is not None and entry.id > self._cursor:
            self._ahead[entry.id] = entry

    def _come(self, id: int, entry: Entry | None) -> None:
        for ahead in sorted(self._ahead):
            if ahead > id:
                break
            early = self._ahead.pop(ahead)
            if ahead < id:
                self._entries.append(early)
        if entry is not None:
            self._entries.append(entry)
            if entry.kind is Kind.TOPIC:
                self.talk(entry.to).topic = entry.body
        self._cursor = id
        self._later()
        if len(self._entries) >= BATCH:
            self._hand_on()

    def page(self, asked: m.History, page: m.HistoryPage, *, live: bool) -> None:
        """Keep an answer; `live`: when it was asked, what is new in that conversation came by itself."""
        conversation = conversation_of(asked)
        if self.copy is None or conversation is None:
            return
        self.flush()
        came = [entries.entry(message, conversation) for message in page.messages]
        kept = self.copy.keep_page(
            conversation, came, before=asked.before, after=asked.after, more=page.more, live=live
        )
        self.backlog.add(kept, 1 + len(came))

    def live(self, asked: m.History) -> bool:
        """Whether what is new in a conversation comes by itself now."""
        conversation = conversation_of(asked)
        return conversation is not None and (conversation[0] == "@" or conversation in self._rooms)

    def handled(self, id: int) -> None:
        """What came up to this id was taken by whoever iterates; it need not be shown again."""
        if self.copy is not None and id > self.applied:
            self.applied = id
            self._changed.add(_APPLIED)
            self._later()

    def counted(self, talk: Talk) -> None:
        """So much of a talk has been read, and so much has not."""
        if self.copy is not None:
            kept = self.talk(talk.name)
            kept.seen, kept.unread, kept.mentions = talk.seen, talk.unread, talk.mentions

    def flush(self) -> None:
        """Hand to the copy what waits."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.copy is None:
            return
        self._hand_on()
        values = {key: self._value(key) for key in self._changed if key == _APPLIED or key in self.talks}
        if values:
            self.backlog.add(self.copy.keep_talks(values), len(values))
        self._changed.clear()

    def _hand_on(self) -> None:
        assert self.copy is not None
        if self._entries or self._cursor > (self.copy.cursor or 0):
            self.backlog.add(self.copy.keep(self._entries, self._cursor), 1 + len(self._entries))
            self._entries = []

    def _value(self, key: str) -> str:
        return str(self.applied) if key == _APPLIED else _encode(self.talks[key]).decode()

    def _note(self, key: str) -> None:
        if self.copy is not None:
            self._changed.add(key)
            self._later()

    def _later(self) -> None:
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(PAUSE, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self.flush()


def conversation_of(asked: m.History | m.Search) -> str | None:
    """The key of the conversation that is asked about, None if it is of none."""
    if asked.room is not None:
        return fold(asked.room) if asked.room.startswith("#") else None
    other = (asked.with_ or "").removeprefix("@")
    return fold(f"@{other}") if other else None
