"""The table of commands: names in both languages, what they do; help and completion come from it."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from chat.client import fold
from chat.text import Kind, safe
from chat.tui.desk import Desk
from chat.understand import understand
from chat.words import PORTUGUESE, mark, n, spoken, t

Run = Callable[[Desk, str], Awaitable[None]]


class Command(NamedTuple):
    """`names` begin with the Portuguese and the English one; `argument` and `help` are msgids."""

    names: tuple[str, ...]
    argument: str
    help: str
    run: Run

    @property
    def name(self) -> str:
        """What it is called in the language in use."""
        return self.names[0 if spoken() == PORTUGUESE else 1]


def enter(desk: Desk, text: str) -> bool:
    """Do what a typed line means. False if it was not understood or cannot be sent: it may be mended."""
    word, rest = understand(text)
    if not word:
        return _speak(desk, rest)
    command = NAMED.get(word)
    if command is None:
        shown = safe(word, Kind.LINE)
        desk.face.tell(
            t("There is no command {word}. {help} shows what there is.", word=shown, help=HELP.name),
            kind="error",
        )
        return False
    desk.do(_run(command, desk, rest))
    return True


def _speak(desk: Desk, body: str) -> bool:
    talk = desk.state.talks.get(desk.face.current)
    if talk is None:
        desk.face.tell(t("You are not connected yet: wait a moment and send it again."), kind="error")
        return False
    return desk.say(talk.name, body)


async def _run(command: Command, desk: Desk, argument: str) -> None:
    await command.run(desk, argument)


async def _help(desk: Desk, argument: str) -> None:
    desk.face.help()


async def _room(desk: Desk, argument: str) -> None:
    name = _room_name(argument)
    if not name:
        desk.face.tell(usage(ROOM), kind="error")
        return
    talk = desk.state.talks.get(fold(name))
    if talk is None or not talk.joined:
        joined = await desk.client.join(name)
        talk = desk.state.open(joined.room)  # the answer may be here before the state has heard of it
    desk.face.show(talk.key)


async def _rooms(desk: Desk, argument: str) -> None:
    lines = [t("Rooms:")]
    for room in await desk.client.rooms():
        count = n("{n} person", "{n} people", room.members)
        topic = f" — {safe(room.topic, Kind.LINE)}" if room.topic else ""
        lines.append(f"{safe(room.name, Kind.NAME)} ({count}){topic}")
    desk.face.tell("\n".join(lines))


async def _leave(desk: Desk, argument: str) -> None:
    key = fold(_room_name(argument)) or desk.face.current
    talk = desk.state.talks.get(key)
    if talk is None:
        desk.face.tell(usage(LEAVE), kind="error")
        return
    if key.startswith("#"):
        await desk.client.leave(talk.name)
    desk.face.close(key)


async def _who(desk: Desk, argument: str) -> None:
    room = _room_name(argument) or desk.face.current
    if not room.startswith("#"):
        room = desk.state.lobby or ""
    names = [safe(name, Kind.NAME) for name in await desk.client.who(room)]
    count = n("{n} person in {room}:", "{n} people in {room}:", len(names), room=safe(room, Kind.NAME))
    desk.face.tell(" ".join((count, ", ".join(sorted(names, key=fold)))))


async def _private(desk: Desk, argument: str) -> None:
    name, text = [*argument.removeprefix("@").split(maxsplit=1), "", ""][:2]
    if not name.strip("@"):
        desk.face.tell(usage(PRIVATE), kind="error")
    elif text:
        desk.say(f"@{name}", text)
    else:
        desk.open_private(name)


async def _quit(desk: Desk, argument: str) -> None:
    desk.face.leave()


def _room_name(argument: str) -> str:
    """The first word as a room's name, with its `#`; empty if there is none."""
    name = argument.split(maxsplit=1)[0] if argument else ""
    return name if not name or name.startswith("#") else f"#{name}"


def usage(command: Command) -> str:
    """How to write a command, as a sentence."""
    return t("Write it like this: {usage}", usage=f"{command.name} {t(command.argument)}")


HELP = Command(("/ajuda", "/help"), "", mark("this help"), _help)
ROOM = Command(("/sala", "/room", "/join"), mark("#ROOM"), mark("go into a room"), _room)
LEAVE = Command(("/deixar", "/leave", "/part"), mark("[#ROOM]"), mark("leave a room or close a talk"), _leave)
PRIVATE = Command(
    ("/privado", "/msg"),
    mark("NAME [TEXT]"),
    mark("say something in private; without text: open the talk"),
    _private,
)

COMMANDS = (
    HELP,
    ROOM,
    Command(("/salas", "/rooms"), "", mark("which rooms there are"), _rooms),
    LEAVE,
    Command(("/quem", "/who"), mark("[#ROOM]"), mark("who is in the room"), _who),
    PRIVATE,
    Command(("/sair", "/quit", "/exit"), "", mark("leave the chat (so do #sair and Desconectar)"), _quit),
)
NAMED = {name: command for command in COMMANDS for name in command.names}


def help_lines() -> list[str]:
    """What can be typed, a line each."""
    lines = [t("What you write goes to the open room or talk.")]
    lines.append(t("@NAME TEXT — only that person reads it"))
    for command in COMMANDS:
        argument = f" {t(command.argument)}" if command.argument else ""
        lines.append(f"{command.name}{argument} — {t(command.help)}")
    lines.append(t("//TEXT — say a line that begins with a slash"))
    return lines
