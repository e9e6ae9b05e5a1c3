"""What a conversation leaves to the next: who, which rooms, how far the history was seen. Sans-I/O."""

from collections.abc import Iterable

from chat import messages as m
from chat.client.line import fold
from chat.framing import MAX_FRAME

_MAX_ROOMS = 1_000


class Resume:
    """Where this client stands; `hello` says it to the server.

    `user` is the name asked for and `me` the one given, folded. `cursor` is the highest id taken in its
    turn, `log` the history it belongs to: both None before the first welcome.
    """

    def __init__(self, user: str | None, rooms: Iterable[str], cursor: int | None, log: str | None) -> None:
        self.user = user
        self.cursor = cursor if log is not None else None
        self.log = log
        self.me = fold(user or "")
        self.session: str | None = None
        self.rooms = {fold(room): room for room in rooms}
        self.max_body = m.MAX_BODY
        self.max_frame = MAX_FRAME
        self._ahead: set[int] = set()

    def restore(self, cursor: int | None, log: str | None, session: str | None, rooms: Iterable[str]) -> None:
        """Go on where an earlier program was."""
        self.cursor, self.log, self.session = cursor if log is not None else None, log, session
        self.rooms = {fold(room): room for room in rooms} | self.rooms

    def hello(self) -> m.Hello:
        """The first request of the next conversation."""
        return m.Hello(
            version=m.VERSION,
            user=self.user,
            after=self.cursor,
            log=self.log,
            rooms=list(self.rooms.values())[:_MAX_ROOMS] or None,
            session=self.session,
        )

    def welcomed(self, welcome: m.Welcome) -> bool:
        """Take in what the server says; True if its history is another than the one seen before.

        Limits that cannot be meant (0, negative, beyond a frame) are not believed: our own stand.
        """
        known = self.log is not None
        other = welcome.reset or welcome.log != self.log or welcome.head < (self.cursor or 0)
        if other:
            self.log, self.cursor = welcome.log, welcome.head
            self._ahead.clear()
        self.session = welcome.session
        self.me = fold(welcome.user)
        self.rooms = {fold(room.name): room.name for room in welcome.rooms}
        self.max_body = welcome.max_body if 0 < welcome.max_body <= MAX_FRAME else m.MAX_BODY
        self.max_frame = welcome.max_frame if m.MAX_TOKEN < welcome.max_frame <= MAX_FRAME else MAX_FRAME
        return known and other

    def joined(self, room: str) -> None:
        """This client is in a room now; the next conversation asks to be there again."""
        if len(self.rooms) < _MAX_ROOMS:
            self.rooms[fold(room)] = room

    def left(self, room: str) -> None:
        """This client is in that room no more."""
        self.rooms.pop(fold(room), None)

    def fresh(self, id: int, *, in_turn: bool) -> bool:
        """Whether a message with this id has not been taken before; from then on it has.

        Out of its turn comes only the answer to a repeated send: it must not move the cursor, or what
        the server still replays before it would be skipped after one more cut.
        """
        if self.cursor is not None and id <= self.cursor:
            return False
        first = id not in self._ahead
        if in_turn:
            self.cursor = id
            self._ahead = {ahead for ahead in self._ahead if ahead > id} if self._ahead else self._ahead
        else:
            self._ahead.add(id)
        return first
