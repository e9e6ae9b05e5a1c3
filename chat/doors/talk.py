"""What a door remembers of one conversation: under which name, in which room, and what was said last."""


class Talk:
    """`token` is random: a name's `cid`s must not repeat those of whoever came through a door before."""

    __slots__ = ("_said", "_token", "lobby", "room", "user")

    def __init__(self, token: str) -> None:
        self._token = token
        self._said = 0
        self.user = ""
        """The name it was welcomed under; empty before."""
        self.lobby = ""
        self.room = ""
        """Where a line goes that does not say."""

    def cid(self) -> str:
        """A new `cid`."""
        self._said += 1
        return f"{self._token}-{self._said}"
