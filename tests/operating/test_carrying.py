"""Exports and imports: what goes out comes back the same, and what is wrong is named with its line."""

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chat.history.backing import Told
from chat.history.base import Draft, Kind, pair
from chat.operating.carrying import BadLine, bring, export
from chat.operating.data import HISTORY
from chat.registry.base import Deed
from tests.history.told import draft
from tests.processes import Launch
from tests.server.folders import filled, head, installed, listing, typed
from tests.torture.bench import Wire

STRANGE = 'aé\U0001faf8\u202e"\\\n\t '
RECORDS = {"name/ana": b'{"key":"k","name":"Ana","since":1}', "server/secret": bytes(range(32))}
DEEDS = [Deed("#geral", 5, "Ana", "kick", "bia", "spam"), Deed("#aula", 6, "Ana", "topic", what="oi")]


def drafts(chance: random.Random, number: int) -> list[Draft]:
    """A random history: rooms, private talks, replies, all kinds of changes, strange texts."""
    people = ["ana", "~bia", "kcaio"]
    made: list[Draft] = []
    for place in range(number):
        who, other = chance.choice(people), chance.choice(people)
        private = chance.random() < 0.3
        kind = chance.choice(list(Kind)) if place else Kind.MESSAGE
        made.append(
            Draft(
                conversation=pair(who, other) if private else chance.choice(["#geral", "#ópera"]),
                owner=who,
                cid=f"{chance.choice('ab')}-{place}",
                to=f"@{other}" if private else "#geral",
                sender=who.upper(),
                ts=chance.choice([0, -5, 1_795_216_610_380, 2**62]),
                body="".join(
                    chance.choice('aé\U0001faf8\u202e"\\\n\t ') for _ in range(chance.randrange(40))
                ),
                readers=(who, other) if private else (),
                author=chance.choice(["", who]),
                kind=kind,
                target=None
                if kind is Kind.MESSAGE and chance.random() < 0.8
                else chance.randrange(place + 1),
            )
        )
    return made


def lines(path: Path) -> list[dict[str, Any]]:
    """The lines of an export."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def exported(data: Path, to: Path, told: Told = lambda done, whole: None) -> None:
    """Write an export from within this process."""
    with to.open("wb") as out:
        export(data, out, told)


@pytest.mark.parametrize("seed", range(4))
async def test_there_and_back(tmp_path: Path, seed: int) -> None:
    """An import has the same entries, ids, cids, records: exported again only the log's name is another."""
    chance = random.Random(seed)
    number = chance.randrange(1, 1_200)
    await filled(tmp_path / "a", drafts(chance, number), RECORDS, DEEDS)
    (tmp_path / "b").mkdir()
    told = [0]
    exported(tmp_path / "a", tmp_path / "1", lambda done, whole: told.append(done))
    with (tmp_path / "1").open("rb") as source:
        assert bring(tmp_path / "b", source, "ab", lambda done, whole: None) == number == told[-1]
    exported(tmp_path / "b", tmp_path / "2")
    first, second = lines(tmp_path / "1"), lines(tmp_path / "2")
    assert first[0].pop("log") != second[0].pop("log")
    assert first == second
    assert first[-1] == {"is": "end", "records": len(RECORDS), "entries": number, "deeds": len(DEEDS)}
    assert [line["did"] for line in first if line["is"] == "deed"] == ["kick", "topic"]
    assert [line["id"] for line in first if line["is"] == "entry"] == list(range(1, number + 1))
    assert (await head(tmp_path / "b"))[1] == number


async def test_what_is_damaged_stays_so(tmp_path: Path) -> None:
    """An entry that is not what was stored goes out as a place, and is one wherever it comes in."""
    await filled(tmp_path / "a", [draft(number, body=f"body {number}") for number in range(3)])
    file = tmp_path / "a" / HISTORY
    file.write_bytes(file.read_bytes().replace(b"body 1", b"body 3"))
    (tmp_path / "b").mkdir()
    exported(tmp_path / "a", tmp_path / "1")
    with (tmp_path / "1").open("rb") as source:
        assert bring(tmp_path / "b", source, "ab", lambda done, whole: None) == 3
    exported(tmp_path / "b", tmp_path / "2")
    for name in ("1", "2"):
        found = [line for line in lines(tmp_path / name) if line["is"] == "entry"]
        assert [line["body"] for line in found] == ["body 0", "", "body 2"]
        assert [line.get("damaged", False) for line in found] == [False, True, False]


async def test_nothing_at_all(tmp_path: Path) -> None:
    """An empty history goes there and back too, and what is no server's folder is not exported."""
    await filled(tmp_path / "a", [])
    code, said, _ = typed("export", "--data", tmp_path / "a")
    (tmp_path / "1").write_text(said)
    assert (code, len(said.splitlines())) == (0, 2)
    assert installed("import", tmp_path / "1", "--data", tmp_path / "b")[0] == 0
    assert (await head(tmp_path / "b"))[1] == 0
    assert typed("export", "--data", tmp_path / "none")[0] == 1


async def test_only_a_part(tmp_path: Path) -> None:
    """Of one person: what they said and were told, and their name; of one room: its entries."""
    said = drafts(random.Random(9), 300)
    await filled(tmp_path, said, RECORDS)
    code, out, _ = typed("export", "--user", "bia", "--data", tmp_path)
    found = [json.loads(line) for line in out.splitlines()]
    wanted = [one for one in said if one.owner == "~bia" or "~bia" in one.readers]
    assert code == 0
    assert [line["cid"] for line in found if line["is"] == "entry"] == [one.cid for one in wanted]
    assert [line["key"] for line in found if line["is"] == "record"] == []
    assert installed("hand-out", "bia", "--data", tmp_path)[1] == out
    _, out, _ = typed("hand-out", "ana", "--data", tmp_path)
    assert [line["key"] for line in map(json.loads, out.splitlines()) if line["is"] == "record"] == [
        "name/ana"
    ]
    _, out, _ = typed("export", "--room", "#ÓPERA", "--data", tmp_path)
    found = [json.loads(line) for line in out.splitlines()]
    assert {line["conversation"] for line in found if line["is"] == "entry"} == {"#ópera"}
    assert typed("export", "--room", "ópera", "--data", tmp_path)[0] == 2
    assert typed("export", "--room", "no room", "--user", "b", "--data", tmp_path) == (
        1,
        "",
        "--user and --room: give one of them\n",
    )
    assert typed("hand-out", "--data", tmp_path)[0] == 2


def test_of_a_running_server(launch: Launch, tmp_path: Path) -> None:
    """A server that runs is exported as it is, and goes on."""
    data = tmp_path / "data"
    with Wire(launch("--port", "0", "--data", str(data)).port(), "ana") as ana:
        ana.send("#geral", "olá", "1")
        code, out, _ = installed("export", "--data", data)
        assert ana.send("#geral", "ainda", "2")["id"] == 2
    bodies = [line["body"] for line in map(json.loads, out.splitlines()) if line["is"] == "entry"]
    assert (code, bodies) == (0, ["olá"])


def _line(number: int, **members: object) -> Callable[[list[dict[str, Any]]], None]:
    def change(found: list[dict[str, Any]]) -> None:
        found[number - 1] |= members

    return change


def _gone(number: int) -> Callable[[list[dict[str, Any]]], None]:
    return lambda found: found.pop(number - 1) and None


@pytest.mark.parametrize(
    ("change", "number", "why"),
    [
        (_line(1, **{"is": "entry"}), 1, "header"),
        (_line(1, format=2), 1, "newer"),
        (_line(1, floor=99), 1, "header"),
        (_line(2, revision=0), 2, "line"),
        (_line(5, id=1), 5, "order"),
        (_line(5, id=2**63), 5, "line"),
        (_line(5, body=7), 5, "line"),
        (_line(5, body="a\0b"), 5, "text"),
        (_line(5, kind="dance"), 5, "line"),
        (_line(5, readers=["a"]), 5, "line"),
        (_line(5, target=3), 5, "target"),
        (_line(6, cid="c0"), 6, "twice"),
        (_line(6, **{"is": "record", "key": "y", "text": "", "revision": 1}), 6, "order"),
        (_gone(6), 8, "count"),
        (_gone(9), 8, "cut"),
        (lambda found: found.append(found[5]), 10, "after_end"),
    ],
)
async def test_a_line_that_is_wrong(
    tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], number: int, why: str
) -> None:
    """It is named by its number and why, and nothing is imported."""
    await filled(tmp_path / "a", [draft(n) for n in range(6)], {"x": b"1", "y": b"2"})
    exported(tmp_path / "a", tmp_path / "1")
    found = lines(tmp_path / "1")[:2] + lines(tmp_path / "1")[3:]
    found[-1]["records"] = 1
    change(found)
    (tmp_path / "2").write_text("".join(json.dumps(line) + "\n" for line in found))
    (tmp_path / "b").mkdir()
    with (tmp_path / "2").open("rb") as source, pytest.raises(BadLine) as wrong:
        bring(tmp_path / "b", source, "ab", lambda done, whole: None)
    assert (wrong.value.number, wrong.value.why) == (number, why)
    assert listing(tmp_path / "b") == {}


async def test_only_into_an_empty_folder(tmp_path: Path) -> None:
    """Over a history nothing is imported; what is no text at all is refused; standard input will do."""
    await filled(tmp_path / "a", [draft()])
    assert typed("export", "--to", tmp_path / "1", "--data", tmp_path / "a")[0] == 0
    before = listing(tmp_path / "a")
    code, _, said = typed("import", tmp_path / "1", "--data", tmp_path / "a")
    assert (code, str(tmp_path / "a") in said) == (1, True)
    assert listing(tmp_path / "a") == before
    (tmp_path / "2").write_bytes(b"\xff\xfe\n" + bytes(3_000_000))
    code, _, said = typed("import", tmp_path / "2", "--data", tmp_path / "b")
    assert (code, said) == (1, "Line 1: it does not begin like an export. Nothing was imported.\n")
    assert typed("import", tmp_path / "none", "--data", tmp_path / "b")[0] == 1
    assert not (tmp_path / "b" / HISTORY).exists()
