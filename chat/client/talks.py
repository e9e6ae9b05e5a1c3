"""The talks of one user and what was said in them: where each message, change and page belongs. Sans-I/O."""

import re
from collections.abc import Callable, Iterable

from msgspec import UNSET

from chat import messages as m
from chat.client.changes import Changes, Notice, NoticeKind
from chat.client.events import PageHere
from chat.client.line import Line, Status, fold, key_of, line_of
from chat.client.talk import KeptTalk, Talk

MAX_TALKS = 2_000
"""Most talks the server can open here; what belongs to one more is not shown."""
MAX_ALL = 50_000
"""Most lines kept of all talks together, about 40 MB; then the longest talks lose their older halves."""
_LOOK = 1_000
"""Lines that come between two counts of them all."""
MAX_EARLY = 500
"""Most lines whose changes are remembered until the lines come."""
_MAX_EARLY_EACH = 100


class Talks:
    """What a screen shows of the history. Nothing that a server says raises."""

    def __init__(self, user: str | None = None) -> None:
        self.talks: dict[str, Talk] = {}
        self.lobby: str | None = None
        """The key of the room that everybody is in."""
        self.cursor: int | None = None
        """The id up to which everything was applied: to resume `after`. Opaque, to be compared only."""
        self._waiting: dict[str, Line] = {}
        self._early: dict[int, list[m.Change]] = {}
        self._came = 0
        self.counted: Callable[[Talk], None] = lambda talk: None
        """Called with a talk of which more, or less, is unread than before."""
        self._keywords: tuple[str, ...] = ()
        self.user = user

    @property
    def user(self) -> str | None:
        """The name under which the server knows this client."""
        return self._user

    @user.setter
    def user(self, name: str | None) -> None:
        self._user = name
        self._me = fold(name or "")
        self._wake()

    @property
    def keywords(self) -> tuple[str, ...]:
        """Words that are mentions beside the name; counts for what comes from now on."""
        return self._keywords

    @keywords.setter
    def keywords(self, words: Iterable[str]) -> None:
        self._keywords = tuple(word.strip() for word in words if word.strip())
        self._wake()

    def open(self, name: str) -> Talk:
        """The talk of this name (`#room` or `@user`), made if it is new."""
        key = fold(name)
        talk = self.talks.get(key)
        if talk is None:
            talk = self.talks[key] = Talk(key, name)
        return talk

    def line(self, id: int) -> tuple[Talk, Line] | None:
        """The line with this id and its talk, None if it is not kept."""
        for talk in self.talks.values():
            line = talk.line(id)
            if line is not None:
                return talk, line
        return None

    def read(self, key: str) -> None:
        """Nothing in this talk is unread any more."""
        talk = self.talks.get(key)
        newest = talk.newest or 0 if talk is not None else 0
        if talk is not None and (talk.unread or talk.mentions or newest > talk.seen):
            talk.unread = talk.mentions = 0
            talk.seen = max(newest, talk.seen)
            self.counted(talk)

    def restore(self, kept: Iterable[KeptTalk]) -> None:
        """Show the talks that were kept, before anything is heard."""
        for one in kept:
            talk = self.open(one.name)
            talk.topic, talk.seen, talk.unread, talk.mentions = one.topic, one.seen, one.unread, one.mentions
            if self.lobby is None and one.joined:
                self.lobby = talk.key

    def pending(
        self, cid: str, to: str, body: str, ts: int, *, reply: int | None = None, act: bool = False
    ) -> Line:
        """Show something said here that is not acknowledged yet."""
        talk = self.open(to)
        known = self._waiting.get(cid)
        if known is not None:
            return known
        line = Line(cid, to, self.user or "", ts, body, status=Status.PENDING, reply=reply, act=act)
        self._waiting[cid] = line
        talk.wait(line)
        return line

    def failed(self, cid: str, code: str) -> Line | None:
        """Mark a pending line as not sent; None if there is none with this `cid`."""
        line = self._waiting.get(cid)
        if line is not None:
            line.status, line.code = Status.FAILED, code
        return line

    def discard(self, cid: str) -> None:
        """Take away a line that failed (it was dismissed, or said again under a new `cid`)."""
        line = self._waiting.get(cid)
        if line is not None and line.status is Status.FAILED:
            self._withdraw(line)

    def reset(self) -> None:
        """The history is another one: drop the lines, keep what is pending; pages are to be read anew."""
        self.cursor = None
        self._early.clear()
        for talk in self.talks.values():
            talk.forget()
            talk.unread = talk.mentions = talk.topic_id = talk.seen = 0

    def key_of(self, entry: m.Message | m.Change) -> str | None:
        """The key of the talk a message or change belongs to, None if it is none of ours."""
        return key_of(self._me, entry)

    # what the server says

    def message(self, event: m.Message, changes: Changes) -> None:
        """Take in something said."""
        mine = fold(event.from_) == self._me
        waiting = self._waiting.get(event.cid) if mine else None
        if waiting is None:
            self.cursor = max(event.id, self.cursor or 0)
        else:  # the answer to a repeated send may come out of its turn: see Resume.fresh
            self._withdraw(waiting)
            changes.talks.add(fold(waiting.to))
        talk = self._talk_for(event)
        if talk is None:
            return
        line = self._line(event, waiting)
        if not talk.place(line):
            changes.talks |= {talk.key} if talk.renew(line) else set()
            return
        changes.talks.add(talk.key)
        self._bound()
        if not mine and not line.deleted:
            talk.unread += 1
            talk.mentions += line.mention
            self.counted(talk)

    def _bound(self) -> None:
        """Now and then see to it that there are not too many lines in all."""
        self._came += 1
        if self._came % _LOOK:
            return
        by_length = sorted(self.talks.values(), key=lambda talk: len(talk.lines), reverse=True)
        excess = sum(len(talk.lines) for talk in by_length) - MAX_ALL
        for talk in by_length:
            if excess <= 0:
                return
            excess -= talk.shorten()

    def change(self, event: m.Change, changes: Changes) -> None:
        """Take in what changes a line that was said; if it is not here yet, once it comes."""
        self._advance(event)
        of: int = getattr(event, "of", 0)
        talk = self.talks.get(self.key_of(event) or "")
        line = talk.line(of) if talk is not None else None
        if talk is None or line is None:
            talk, line = self.line(of) or (None, None)
        if talk is None or line is None:
            self._remember(of, event)
        elif talk.change(line, event):
            line.mention = not line.deleted and self._mentioned(line.sender, line.body)
            changes.talks.add(talk.key)

    def topic(self, event: m.Topic, changes: Changes) -> None:
        """Take in what a room is about now."""
        self._advance(event)
        talk = self.talks.get(fold(event.to))
        if talk is None or event.id <= talk.topic_id:
            return
        talk.topic, talk.topic_id = event.topic, event.id
        changes.talks.add(talk.key)
        changes.notices.append(Notice(NoticeKind.TOPIC, talk.key, (event.from_,), text=event.topic))

    def page(self, event: m.HistoryPage, changes: Changes) -> None:
        """Take in a page of one talk."""
        name = event.room if event.room is not UNSET else None
        if name is None and event.with_ is not UNSET:
            name = f"@{event.with_.removeprefix('@')}"
        talk = self.talks.get(fold(name)) if name is not None else None
        if talk is None:
            return
        lines = []
        for message in event.messages:
            waiting = self._waiting.get(message.cid) if fold(message.from_) == self._me else None
            if waiting is not None:
                self._withdraw(waiting)
            lines.append(self._line(message, waiting))
        talk.merge(lines, event.more)
        if isinstance(event, PageHere) and event.gap and lines:
            talk.gap_after(lines[-1])
        changes.talks.add(talk.key)

    def _line(self, message: m.Message, waiting: Line | None) -> Line:
        line = line_of(message)
        for change in self._early.get(message.id, ()):
            line.take(change)
        line.changed = waiting is not None and not line.version and waiting.body != line.body
        line.mention = not line.deleted and self._mentioned(line.sender, line.body)
        return line

    def _advance(self, event: m.Change) -> None:
        """Our own may be the answer to one that was sent twice, out of its turn: the next one counts."""
        if fold(event.from_) != self._me:
            self.cursor = max(event.id, self.cursor or 0)

    def _remember(self, of: int, event: m.Change) -> None:
        """An answer that was read before a change may come after it."""
        early = self._early.setdefault(of, [])
        if len(early) < _MAX_EARLY_EACH:
            early.append(event)
        while len(self._early) > MAX_EARLY:
            del self._early[next(iter(self._early))]

    def _mentioned(self, sender: str, body: str) -> bool:
        if self._mention is None or fold(sender) == self._me:
            return False
        return self._mention.search(body.casefold()) is not None

    def _wake(self) -> None:
        """See to it that the words are looked for that are mentions now."""
        words = [word.casefold() for word in (self._user or "", *self._keywords) if word]
        either = "|".join(map(re.escape, words))
        self._mention = re.compile(rf"(?<!\w)(?:{either})(?!\w)") if words else None

    def _withdraw(self, line: Line) -> None:
        del self._waiting[line.cid]
        self.open(line.to).withdraw(line)

    def _talk_for(self, message: m.Message) -> Talk | None:
        """Where to show a message: a room that was joined, a private talk; else nowhere."""
        key = self.key_of(message)
        if key is None:
            return None
        talk = self.talks.get(key)
        if talk is not None or key.startswith("#") or len(self.talks) >= MAX_TALKS:
            return talk
        return self.open(message.to if fold(message.from_) == self._me else f"@{message.from_}")
