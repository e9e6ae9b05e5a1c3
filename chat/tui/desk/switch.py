"""Which talks are meant by a part of a name. Pure."""

from collections.abc import Collection, Mapping

from chat.client.state import Talk
from chat.tui.desk.emoji import plain

_NONE: frozenset[str] = frozenset()


def matching(talks: Mapping[str, Talk], part: str, hidden: Collection[str] = _NONE) -> list[str]:
    """The keys of the talks that have `part` in their names, best first; without any, all but those `hidden`.

    Case and accents do not count. A name that begins with it comes before one that only has it, and of two
    alike the one with mentions, then the one with something unread.
    """
    wanted = plain(part.strip())
    found = [key for key in talks if wanted in plain(key) and (wanted or key not in hidden)]
    return sorted(found, key=lambda key: _rank(talks[key], wanted))


def _rank(talk: Talk, wanted: str) -> tuple[bool, bool, bool, str]:
    begins = plain(talk.key).startswith(wanted) or plain(talk.key[1:]).startswith(wanted)
    return (not begins, not talk.mentions, not talk.unread, talk.key)
