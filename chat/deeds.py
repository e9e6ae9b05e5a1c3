"""What those with rights did, in sentences, and the words for kinds, roles and times. Pure."""

from collections.abc import Callable

from chat.text import Kind, safe
from chat.words import mark, n, t

_KINDS = {
    "public": mark("a public room: everybody may come in and speak"),
    "private": mark("a private room: only who is invited comes in"),
    "announcement": mark("an announcement room: everybody reads, its moderators speak"),
}
_SHORT = {"private": mark("private"), "announcement": mark("announcements")}
_ROLES = {
    "operator": mark("operator"),
    "owner": mark("owner"),
    "moderator": mark("moderator"),
    "member": mark("member"),
    "guest": mark("guest"),
}
_UNITS: tuple[tuple[int, Callable[[int], str]], ...] = (
    (86_400, lambda count: n("{n} day", "{n} days", count)),
    (3_600, lambda count: n("{n} hour", "{n} hours", count)),
    (60, lambda count: n("{n} minute", "{n} minutes", count)),
    (1, lambda count: n("{n} second", "{n} seconds", count)),
)

_DONE = {
    "invite": mark("{by} invited {who}"),
    "kick": mark("{by} sent {who} out"),
    "ban": mark("{by} banned {who}"),
    "unban": mark("{by} lifted the ban of {who}"),
    "mute": mark("{by} muted {who}"),
    "unmute": mark("{by} let {who} speak again"),
    "delete": mark("{by} deleted a message of {who}"),
    "slow": mark("{by} set slow mode: one message in {time}"),
    "kind": mark("{by} made it {kind}"),
    "topic": mark("{by} set the topic"),
    "close": mark("{by} closed the room"),
    "owner": mark("{by} gave the room to {who}"),
    "moderator": mark("{by} made {who} a moderator"),
    "member": mark("{by} made {who} a plain member"),
}
_TIMED = {"ban": mark("{by} banned {who} for {time}"), "mute": mark("{by} muted {who} for {time}")}
_SENT_OUT = {
    "kicked": mark("You were sent out of {room} by {by}."),
    "banned": mark("You were banned from {room} by {by}."),
    "closed": mark("{room} was closed by {by}."),
}
_OFF = mark("{by} turned slow mode off")
_ELSE = mark("{by}: {did} {who} {what}")
_ADDRESS = mark("{sentence}, with the address")


def done(by: str, did: str, user: str, what: str) -> str:
    """What somebody did, in a sentence without its full stop; what is not known yet is told as it came."""
    seconds, address = _seconds(what), what.endswith("address")
    someone, nobody = t("whoever runs the server"), t("an address")
    sentence = _DONE.get(what if did == "role" else did, _ELSE)
    if seconds:
        sentence = _TIMED.get(did, sentence)
    elif did == "slow":
        sentence = _OFF
    told = t(
        sentence,
        by=safe(by, Kind.NAME) or someone,
        who=safe(user, Kind.NAME) or nobody,
        did=safe(did, Kind.LINE),
        what=safe(what, Kind.LINE),
        kind=kind_name(what),
        time=time_name(seconds),
    )
    return t(_ADDRESS, sentence=told) if address and user else told


def sent_out(room: str, why: str, by: str) -> str:
    """That somebody else has taken a room from one: why is what the server said of it."""
    someone = t("whoever runs the server")
    sentence = _SENT_OUT.get(why, _SENT_OUT["kicked"])
    return t(sentence, room=safe(room, Kind.NAME), by=safe(by, Kind.NAME) or someone)


def kind_name(kind: str) -> str:
    """What a room is, in words; a kind that is not known yet as it came."""
    return t(_KINDS[kind]) if kind in _KINDS else safe(kind, Kind.LINE)


def kind_word(kind: str) -> str:
    """The same in one word; nothing for a public room."""
    return t(_SHORT[kind]) if kind in _SHORT else ""


def role_name(role: str) -> str:
    """What somebody is, in a word."""
    return t(_ROLES[role]) if role in _ROLES else safe(role, Kind.LINE)


def time_name(seconds: int) -> str:
    """A time in the largest units that tell it wholly: `1 hour 30 minutes`."""
    parts = []
    for size, name in _UNITS:
        count, seconds = divmod(seconds, size)
        parts += [name(count)] if count else []
    return " ".join(parts)


def _seconds(what: str) -> int:
    word = what.split(" ")[0]
    return int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else 0
