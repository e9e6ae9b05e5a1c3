"""Faults of the disk and of what is on it."""

import hashlib
import random
import shutil
import sqlite3
import subprocess
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

from chat.check.scene import Scene
from chat.history import database
from chat.history.schema import HISTORY
from tests.torture.bench import (
    Bench,
    Served,
    Wire,
    command,
    free_port,
    judged,
    mounted,
    summary,
    under_load,
)

BATCH = 20
"""Messages a raw writer has under way."""


def _fill(port: int, user: str, count: int) -> list[dict[str, object]]:
    """Say so many things; what was acknowledged until then or until the server is gone."""
    acknowledged: list[dict[str, object]] = []
    with suppress(OSError, AssertionError), Wire(port, user) as writer:
        for start in range(0, count, BATCH):
            cids = [f"{user}-{number:04}" for number in range(start, min(start + BATCH, count))]
            for cid in cids:
                writer.say(type="send", to="#geral", body=f"body of {cid}", cid=cid)
            for cid in cids:
                acknowledged.append(writer.expect("message", cid=cid))
    return acknowledged


def _written(data: Path, count: int = 200) -> list[dict[str, object]]:
    """Messages on a server that was killed afterwards."""
    with Served(data) as server:
        found = _fill(server.port(), "ana", count)
    assert len(found) == count
    return found


def _found(data: Path) -> list[dict[str, object]]:
    """All that a server started on this data has of the lobby."""
    with Served(data) as server, Wire(server.port(), "reader") as reader:
        return reader.everything()


def _refused(data: Path, part: str) -> str:
    """Start where it must not start: exit code 1, one clear line, and nothing changed; the line."""
    before = _hashes(data)
    with Served(data) as server:
        code, complaint = server.ended(), server.complaint()
    assert code == 1, (code, complaint)
    assert "Traceback" not in complaint, complaint
    assert part in complaint.splitlines()[-1], complaint
    assert _hashes(data) == before, "something was changed"
    return complaint.splitlines()[-1]


def _hashes(data: Path) -> dict[str, str]:
    if not data.is_dir():
        return {}
    files = [path for path in sorted(data.iterdir()) if path.name.startswith("history.")]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def power_cut(bench: Bench) -> str:
    """F2: the power fails under load: what was acknowledged is on the disk, and the file is sound."""
    cuts, kept = (20 if bench.thorough else 1), 0
    for _ in range(cuts):
        image, disk, copy = bench.new() / "image", bench.new(), bench.new()
        subprocess.run(["truncate", "-s", "64M", image], check=True)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        with mounted(disk, "-o", "loop", str(image)):
            acknowledged = _cut_off(disk / "data")
            shutil.copyfile(image, image.with_name("copy"))  # what the disk has; dirty pages are not in it
        with mounted(copy, "-o", "loop", str(image.with_name("copy"))):
            found = {message["id"]: message for message in _found(copy / "data")}
            with closing(sqlite3.connect(copy / "data" / "history.db")) as db:
                assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert all(found.get(message["id"]) == message for message in acknowledged)
        kept += len(acknowledged)
    return f"{cuts} power cuts, {kept} acknowledged, 0 lost, integrity_check ok"


def _cut_off(data: Path) -> list[dict[str, object]]:
    """What was acknowledged until the server was killed in the midst of it."""
    with Served(data) as server:
        port = server.port()
        timer = threading.Timer(random.uniform(0.2, 0.6), server.process.kill)
        timer.start()
        acknowledged = _fill(port, "ana", 10**6)
        timer.join()
    assert acknowledged
    return acknowledged


def torn(bench: Bench) -> str:
    """F3: the last bytes of the log are noise: it stops there, and what is before is whole."""
    data, chance = bench.new(), random.Random(4711)
    _written(data)
    times = 30 if bench.thorough else 3
    for _ in range(times):
        copy = bench.new() / "data"
        shutil.copytree(data, copy, ignore=shutil.ignore_patterns("*.sock"))
        wal = (copy / "history.db-wal").read_bytes()
        size = chance.randint(1, 4_096)
        (copy / "history.db-wal").write_bytes(wal[:-size] + chance.randbytes(size))
        ids = [message["id"] for message in _found(copy)]
        assert ids == list(range(1, len(ids) + 1)), ids
        assert len(ids) >= 200 - 2 * BATCH, len(ids)
        with closing(sqlite3.connect(copy / "history.db")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return f"{times} torn logs, each read up to the tear"


def full(bench: Bench) -> str:
    """F4: no room left: `storage_failed`, reading goes on, and with room again so does writing."""
    folder = bench.new()
    with mounted(folder, "-t", "tmpfs", "-o", "size=2m", "tmpfs"), Served(folder / "data") as server:
        port = server.port()
        with Wire(port, "ana") as ana:
            said = [ana.send("#geral", f"{'x' * 4_000}", f"{number}") for number in range(5)]
            filler = folder / "filler"
            with suppress(OSError), filler.open("wb", buffering=0) as file:
                while True:
                    file.write(b"x" * 4_096)
            refused, number = 0, 100
            while refused < 3:
                number += 1
                answer = ana.send("#geral", "y" * 4_000, f"{number}")
                refused += answer["type"] == "error"
                assert answer.get("code", "storage_failed") == "storage_failed", answer
            assert {message["id"] for message in said} <= {message["id"] for message in ana.page()}
            with Wire(port, "bia") as bia:
                bia.say(type="who", room="#geral")
                assert "ana" in bia.expect("who")["users"]
            filler.unlink()
            again = ana.send("#geral", "y" * 4_000, f"{number}")
            assert again["type"] == "message", again
            bodies = [message["cid"] for message in ana.everything()]
            assert len(set(bodies)) == len(bodies)
    return "refused three times with storage_failed, then stored, without a restart"


def slow(bench: Bench) -> str:
    """F5: a commit takes 20 ms longer: more wait for each, none is lost."""
    with Served(bench.new(), env=bench.shim(slow=20)) as server:
        report = judged(server.port(), seconds=5.0 if bench.thorough else 2.0, faults=[])
    return summary(report)


def failing(bench: Bench) -> str:
    """F6: the n-th fsync fails: nothing is acknowledged or refused any more, it ends and is started again."""
    ends, said = 0, bench.new() / "said"
    calls = range(12, 52) if bench.thorough else (12, 30)
    for call in calls:
        port, data = free_port(), bench.new()
        before = ["env", *(f"{name}={value}" for name, value in bench.shim(fail=call).items())]

        async def enough(scene: Scene) -> None:
            await under_load(scene, 30)
            scene.stop()

        report = judged(
            port,
            enough,
            command=_until_third(bench, f"{command(port, data, *before)} 2>> {said}", command(port, data)),
            seconds=60.0,
            faults=[],
            stall=1.0,
        )
        ends += report.ends
    assert "Traceback" not in said.read_text(), said.read_text()
    return f"{len(calls)} different calls, {ends} ends; 0 lost, 0 twice, nothing refused was stored"


def _until_third(bench: Bench, bad: str, good: str) -> str:
    """A command that is `bad` the first two times, so that in the end something can be read back."""
    folder = bench.new()
    script = folder / "start"
    script.write_text(
        f"#!/bin/sh\nif [ -e {folder}/2 ]; then exec {good}; fi\n"
        f"if [ -e {folder}/1 ]; then touch {folder}/2; else touch {folder}/1; fi\nexec {bad}\n"
    )
    script.chmod(0o700)
    return str(script)


def read_only(bench: Bench) -> str:
    """F7: nowhere to write: it does not start, and says why in one line."""
    folder = bench.new()
    (folder / "file").touch()
    _refused(folder / "file" / "data", "cannot be read or written")
    with mounted(bench.new(), "-t", "tmpfs", "-o", "size=4m", "tmpfs") as disk:
        _written(disk / "data", 20)
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        return _refused(disk / "data", "cannot be read or written").partition(": ")[0][:60]


def corrupted(bench: Bench) -> str:
    """F8: a page overwritten, the header zeroed, the file cut short: it is refused unchanged."""
    whole = bench.new() / "data"
    _written(whole, 400)
    with closing(sqlite3.connect(whole / "history.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    size = (whole / "history.db").stat().st_size

    def spoilt(start: int, data: bytes, end: int | None = None) -> None:
        copy = bench.new() / "data"
        shutil.copytree(whole, copy, ignore=shutil.ignore_patterns("*.sock"))
        with (copy / "history.db").open("r+b") as file:
            file.seek(start)
            file.write(data)
            file.truncate(end)
        _refused(copy, "history.db")

    spoilt(0, bytes(100))
    spoilt(0, b"", size // 2 // 4_096 * 4_096)
    pages = range(1, size // 4_096) if bench.thorough else (size // 8_192,)
    for page in pages:
        spoilt(4_096 * page, b"\xa5" * 4_096)
    return f"{len(pages) + 2} spoilt files refused by name, none changed"


def flipped(bench: Bench) -> str:
    """F9: one bit of a stored text: that entry is marked as damaged, the others are served."""
    data, chance = bench.new() / "data", random.Random(4711)
    said = _written(data, 200)
    with closing(sqlite3.connect(data / "history.db")) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    file = data / "history.db"
    spoilt = chance.sample(said, 50 if bench.thorough else 5)
    content = bytearray(file.read_bytes())
    for message in spoilt:
        place = content.index(str(message["body"]).encode())
        content[place + chance.randrange(8)] ^= 1 << chance.randrange(7)
    file.write_bytes(content)
    found = {message["id"]: message for message in _found(data)}
    gone = {message["id"] for message in spoilt}
    assert {id for id, message in found.items() if message.get("damaged")} == gone
    assert all(found[message["id"]] == message for message in said if message["id"] not in gone)
    return f"{len(gone)} flipped bits, {len(gone)} entries marked, {len(said) - len(gone)} whole"


def shared(bench: Bench) -> str:
    """F10: a second server on the same folder is refused, the first goes on."""
    data = bench.new()
    with Served(data) as first, Wire(first.port(), "ana") as ana:
        with Served(data) as second:
            assert second.ended() == 1
            assert "in use" in second.complaint()
        assert ana.send("#geral", "oi", "1")["type"] == "message"
    return "the second ends with 1, the first goes on"


def other_schema(bench: Bench) -> str:
    """F11: newer: refused untouched; older: migrated; killed while migrating: old or new, never between."""
    newer = bench.new() / "data"
    _written(newer, 20)
    with closing(sqlite3.connect(newer / "history.db")) as db:
        db.execute(f"PRAGMA user_version = {len(HISTORY.migrations) + 1}")
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _refused(newer, "newer version")
    chance = random.Random(4711)
    times = 30 if bench.thorough else 2
    for _ in range(times):
        data = bench.new() / "data"
        _old(data)
        with Served(data) as server:
            time.sleep(chance.uniform(0.3, 0.8))
            server.kill()
        with closing(sqlite3.connect(data / "history.db")) as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            assert version in (1, len(HISTORY.migrations)), version
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert [message["body"] for message in _found(data)] == []
    return f"newer refused untouched; {times} kills while migrating, each old or new"


def _old(data: Path) -> None:
    """A folder with a history of version 1."""
    data.mkdir(mode=0o700)
    with closing(database.connect(data / "history.db", "rwc")) as db:
        db.execute(f"PRAGMA application_id = {HISTORY.application}")
        db.execute("PRAGMA journal_mode = WAL")
        database.migrate(db, HISTORY.migrations[:1])


def held(bench: Bench) -> str:
    """F12: somebody reads for a long time: the log grows no further than it must, and nothing is lost."""
    data = bench.new()
    with Served(data) as server:
        port = server.port()
        _fill(port, "ana", 100)
        with closing(sqlite3.connect(data / "history.db", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM entries").fetchone()
            _fill(port, "bia", 20_000 if bench.thorough else 2_000)
            grown = (data / "history.db-wal").stat().st_size
            report = judged(port, seconds=1.0, faults=[])
        assert grown < 256 * 2**20, grown
        server.process.terminate()
        assert server.ended() == 0
        left = data / "history.db-wal"
        assert not left.exists() or left.stat().st_size == 0
    return f"log of {grown / 2**20:.1f} MiB, none left after closing; {summary(report)}"
