"""Commands about where one is: rooms, private talks, who is there, what a room is about."""

from chat import messages as m
from chat.client import Person, fold
from chat.deeds import kind_word, role_name
from chat.text import Kind, safe
from chat.tui.commands.command import Command, Misused, first, room_name
from chat.tui.desk.desk import Desk
from chat.words import mark, n, t

NOTHING = "-"
"""Written in the place of a topic it takes the topic away."""


async def _room(desk: Desk, argument: str) -> None:
    name = room_name(first(argument)[0])
    if not name:
        raise Misused
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
        kind = f", {word}" if (word := kind_word(room.kind)) else ""
        lines.append(f"{safe(room.name, Kind.NAME)} ({count}{kind}){topic}")
    desk.face.tell("\n".join(lines))


async def _leave(desk: Desk, argument: str) -> None:
    word = first(argument)[0]
    key = fold(word if word.startswith("@") else room_name(word)) or desk.face.current
    talk = desk.state.talks.get(key)
    if talk is None:
        absent = t(
            "You are not in {name}; see which rooms there are with /rooms.", name=safe(word, Kind.LINE)
        )
        desk.face.tell(absent, kind="error")
    elif key == desk.state.lobby:
        name = safe(talk.name, Kind.NAME)
        desk.face.tell(t("{name} is left only with the chat itself: /quit.", name=name), kind="error")
    else:
        if key.startswith("#"):
            await desk.client.leave(talk.name)
        desk.face.close(key)


async def _who(desk: Desk, argument: str) -> None:
    room = room_name(first(argument)[0]) or desk.face.current
    if not room.startswith("#"):
        room = desk.state.lobby or ""
    people = sorted(await desk.client.people(room), key=lambda one: fold(one.name))
    count = n("{n} person in {room}:", "{n} people in {room}:", len(people), room=safe(room, Kind.NAME))
    desk.face.tell(f"{count} {', '.join(map(_person, people))}")


def _person(one: Person) -> str:
    role = one.role or ("guest" if one.guest else "")
    name = safe(one.name, Kind.NAME)
    return f"{name} ({role_name(role)})" if role else name


async def _private(desk: Desk, argument: str) -> None:
    name, text = first(argument.removeprefix("@"))
    if not name.strip("@"):
        raise Misused
    if text:
        desk.say(f"@{name}", text)
    else:
        desk.open_private(name)


async def _back(desk: Desk, argument: str) -> None:
    sender = desk.last_sender
    if sender is None:
        desk.face.tell(t("Nobody has written to you in private yet."), kind="error")
    elif argument:
        desk.say(f"@{sender}", argument)
    else:
        desk.open_private(sender)


async def _topic(desk: Desk, argument: str) -> None:
    talk = desk.talk
    if talk is None or not talk.key.startswith("#"):
        desk.face.tell(t("Only a room has a topic."), kind="error")
    elif argument:
        topic = "" if argument == NOTHING else argument
        desk.change(m.SetTopic(cid="", room=talk.name, topic=" ".join(topic.split())))
    elif talk.topic:
        desk.face.tell(t("The topic is: {topic}", topic=safe(talk.topic, Kind.LINE)))
    else:
        desk.face.tell(t("There is no topic."))


async def _go(desk: Desk, argument: str) -> None:
    if not argument:
        desk.act("switch")
    elif keys := desk.matching(argument):
        desk.face.show(keys[0])
    else:
        desk.face.tell(t("No room or talk has {part} in its name.", part=safe(argument, Kind.LINE)))


COMMANDS = (
    Command(("/sala", "/room", "/join"), mark("#ROOM"), mark("go into a room"), _room),
    Command(("/salas", "/rooms"), "", mark("which rooms there are"), _rooms),
    Command(
        ("/deixar", "/leave", "/part"), mark("[#ROOM | @NAME]"), mark("leave a room or close a talk"), _leave
    ),
    Command(("/quem", "/who"), mark("[#ROOM]"), mark("who is in the room"), _who),
    Command(("/topico", "/topic"), mark("[TEXT | -]"), mark("say what the room is about"), _topic),
    Command(
        ("/privado", "/msg"),
        mark("NAME [TEXT]"),
        mark("say something in private; without text: open the talk"),
        _private,
    ),
    Command(("/rp", "/r"), mark("[TEXT]"), mark("answer who wrote to you in private last"), _back),
    Command(("/ir", "/go"), mark("[PART]"), mark("go to the room or talk with this part in its name"), _go),
)
