"""Commands of those who look after a room: who may come in, speak, and what the room is."""

import re
from collections.abc import Awaitable, Callable

from chat import messages as m
from chat.bounds import LONGEST, SLOWEST, Rank, RoomKind
from chat.client import Talk
from chat.deeds import done, kind_name, role_name, time_name
from chat.text import Kind, safe
from chat.tui.commands.command import Command, Misused, first, numbered
from chat.tui.desk.desk import Desk
from chat.tui.desk.emoji import plain
from chat.tui.rows.dates import clock, moment, short_day
from chat.words import mark, t

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800, "sem": 604_800}
_PART = re.compile(r"(\d{1,9})(min|sem|[smhdw])")
_KINDS = {
    "publica": RoomKind.PUBLIC,
    "public": RoomKind.PUBLIC,
    "privada": RoomKind.PRIVATE,
    "private": RoomKind.PRIVATE,
    "avisos": RoomKind.ANNOUNCEMENT,
    "announcement": RoomKind.ANNOUNCEMENT,
}
KIND_WORDS = (mark("public"), mark("private"), mark("announcement"))
"""What a room may be, as it is written."""
_ADDRESS = frozenset({"endereco", "address"})
_LISTED = 20
"""Deeds that are told at once, unless more are asked for."""


def duration(text: str, most: int) -> int | None:
    """Seconds of `90s`, `10m`, `1h30m`, `7d`; None for what is no such time or longer than `most`."""
    text = plain(text)
    parts = _PART.findall(text)
    seconds = sum(int(number) * _UNITS[unit] for number, unit in parts)
    whole = "".join(number + unit for number, unit in parts) == text
    return seconds if parts and whole and 0 < seconds <= most else None


def _room(desk: Desk) -> Talk | None:
    """The open room; that it is none is told."""
    talk = desk.talk
    if talk is not None and talk.key.startswith("#"):
        return talk
    desk.face.tell(t("That is for rooms: open one first with /room NAME."), kind="error")
    return None


Make = Callable[[str, str], m.Over]


def _over(make: Make) -> Callable[[Desk, str], Awaitable[None]]:
    """A command that does something to one person in the open room."""

    async def run(desk: Desk, argument: str) -> None:
        name, rest = _name(argument)
        if rest:
            raise Misused
        await _order(desk, lambda room: make(room, name))

    return run


def _name(argument: str) -> tuple[str, str]:
    """The person meant, and what follows."""
    word, rest = first(argument)
    if not word.strip("@"):
        raise Misused
    return word.removeprefix("@"), rest


async def _order(desk: Desk, make: Callable[[str], m.Over | m.SetKind | m.Slow]) -> None:
    """Have it done in the open room; that it was is told to everybody there, this side too."""
    talk = _room(desk)
    if talk is not None:
        await desk.client.moderate(make(talk.name))


async def _ban(desk: Desk, argument: str) -> None:
    name, rest = _name(argument)
    words = rest.split()
    address = bool(words) and plain(words[-1]) in _ADDRESS
    seconds = _seconds(words[: len(words) - address])
    await _order(desk, lambda room: m.Ban(room=room, user=name, seconds=seconds, address=address))


async def _mute(desk: Desk, argument: str) -> None:
    name, rest = _name(argument)
    seconds = _seconds(rest.split())
    await _order(desk, lambda room: m.Mute(room=room, user=name, seconds=seconds))


def _seconds(words: list[str]) -> int:
    """How long is meant; without a word for good. Raises Misused."""
    if not words:
        return m.FOREVER
    seconds = duration(words[0], LONGEST)
    if seconds is None or len(words) > 1:
        raise Misused
    return seconds


async def _owner(desk: Desk, argument: str) -> None:
    """It cannot be taken back by oneself, so it is asked once."""
    name, rest = _name(argument)
    talk = _room(desk)
    if rest:
        raise Misused
    if talk is None:
        return
    order = m.SetRole(room=talk.name, user=name, role=Rank.OWNER)
    question = t(
        "Give {room} to {who}? Only they can give it back.",
        room=safe(talk.name, Kind.NAME),
        who=safe(name, Kind.NAME),
    )
    desk.ask(question, lambda: desk.do(_send(desk, order)))


async def _send(desk: Desk, order: m.SetRole | m.SetKind) -> None:
    await desk.client.moderate(order)


async def _slow(desk: Desk, argument: str) -> None:
    word, rest = first(argument)
    off = plain(word) in ("0", "nao", "off")
    seconds = 0 if off else duration(word + "s" * word.isdecimal(), SLOWEST)
    if seconds is None or rest:
        raise Misused
    await _order(desk, lambda room: m.Slow(room=room, seconds=seconds))


async def _kind(desk: Desk, argument: str) -> None:
    talk, kind = _room(desk), _KINDS.get(plain(argument.strip()))
    if talk is None:
        return
    if not argument:
        _tell_kind(desk, talk)
    elif kind is None:
        raise Misused
    elif talk.kind == RoomKind.PRIVATE and kind is not RoomKind.PRIVATE:
        question = t(
            "Everybody will be able to read what was said in {room}. Open it?",
            room=safe(talk.name, Kind.NAME),
        )
        desk.ask(question, lambda: desk.do(_send(desk, m.SetKind(room=talk.name, kind=kind))))
    else:
        await _send(desk, m.SetKind(room=talk.name, kind=kind))


def _tell_kind(desk: Desk, talk: Talk) -> None:
    room = safe(talk.name, Kind.NAME)
    desk.face.tell(t("{room} is {kind}.", room=room, kind=kind_name(talk.kind)))
    if talk.slow:
        desk.face.tell(t("One message in {time} (slow mode).", time=time_name(talk.slow)))
    if talk.role:
        desk.face.tell(t("You are {role} here.", role=role_name(talk.role)))


async def _roster(desk: Desk, argument: str) -> None:
    talk = _room(desk)
    if talk is None:
        return
    lines = [t("Who has a role, is banned or muted in {room}:", room=safe(talk.name, Kind.NAME))]
    lines += [_standing(one) for one in await desk.client.roster(talk.name)]
    desk.face.tell("\n".join(lines if len(lines) > 1 else [*lines, t("(nobody)")]))


def _standing(one: m.StandingInfo) -> str:
    words = [role_name(one.role)] if one.role else []
    for until, good, timed in (
        (one.banned, mark("banned"), mark("banned until {time}")),
        (one.muted, mark("muted"), mark("muted until {time}")),
    ):
        if until is not None:
            words.append(t(timed, time=_moment(until)) if until else t(good))
    words += [t("and who comes from the same address")] if one.address else []
    who = safe(one.user, Kind.NAME) or t("an address")
    return f"{who}: {', '.join(words)}"


def _moment(at: int) -> str:
    when = moment(at, None)
    return f"{short_day(when)} {clock(when)}"


async def _log(desk: Desk, argument: str) -> None:
    number, rest = numbered(argument)
    talk = _room(desk)
    if rest:
        raise Misused
    if talk is None:
        return
    page = await desk.client.log(talk.name, limit=min(number or _LISTED, m.PAGE))
    lines = [t("What was done in {room}:", room=safe(talk.name, Kind.NAME))]
    lines += [f"{_moment(deed.ts)} {done(deed.by, deed.did, deed.user, deed.what)}" for deed in page.deeds]
    lines += [t("(there is more: /log NUMBER)")] if page.more else []
    desk.face.tell("\n".join(lines if len(lines) > 1 else [*lines, t("(nothing yet)")]))


def _role(rank: Rank) -> Make:
    return lambda room, user: m.SetRole(room=room, user=user, role=rank)


COMMANDS = (
    Command(
        ("/convidar", "/invite"),
        mark("NAME"),
        mark("invite somebody to the room"),
        _over(lambda room, user: m.Invite(room=room, user=user)),
    ),
    Command(
        ("/expulsar", "/kick"),
        mark("NAME"),
        mark("send somebody out of the room"),
        _over(lambda room, user: m.Kick(room=room, user=user)),
    ),
    Command(
        ("/banir", "/ban"),
        mark("NAME [TIME] [address]"),
        mark("keep somebody out of the room (1h30m, 7d), or the whole address"),
        _ban,
    ),
    Command(
        ("/desbanir", "/unban"),
        mark("NAME"),
        mark("let somebody in again"),
        _over(lambda room, user: m.Unban(room=room, user=user)),
    ),
    Command(
        ("/silenciar", "/mute"), mark("NAME [TIME]"), mark("let somebody say nothing in the room"), _mute
    ),
    Command(
        ("/dessilenciar", "/unmute"),
        mark("NAME"),
        mark("let somebody speak again"),
        _over(lambda room, user: m.Unmute(room=room, user=user)),
    ),
    Command(("/lento", "/slow"), mark("TIME | 0"), mark("one message of each person in so long"), _slow),
    Command(
        ("/moderador", "/mod"), mark("NAME"), mark("make somebody a moderator"), _over(_role(Rank.MODERATOR))
    ),
    Command(
        ("/membro", "/member"), mark("NAME"), mark("make somebody a plain member"), _over(_role(Rank.MEMBER))
    ),
    Command(("/dono", "/owner"), mark("NAME"), mark("give the room to somebody"), _owner),
    Command(
        ("/tipo", "/kind"),
        mark("[public | private | announcement]"),
        mark("what the room is: for all, by invitation, or only moderators speak"),
        _kind,
    ),
    Command(("/papeis", "/roster"), "", mark("who has a role in the room, is banned or muted"), _roster),
    Command(("/registro", "/log"), mark("[N]"), mark("what was done by the moderators of the room"), _log),
)
