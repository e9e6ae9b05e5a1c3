"""The installed programs as nodes of a cluster, and what their operator is told."""

import json
from pathlib import Path

import nats as nats_py

from tests import forked
from tests.cluster.natses import Natses
from tests.peer import Peer
from tests.processes import FREELY, SERVER, Launch, Process
from tests.torture.bench import judged


def node(launch: Launch, nats: Natses, folder: Path, name: str) -> tuple[Process, int]:
    """A node that listens, and its port."""
    started = launch(
        *("--port", "0", "--data", str(folder), "--cluster", ",".join(nats.urls), "--node", name),
        *("--accept-loss-on-power-failure", "--plaintext", *FREELY),
    )
    return started, started.port()


def run(*words: str) -> tuple[int, list[str]]:
    """What `chat-server` prints until it ends, and its exit code."""
    command = [SERVER, *words, "--lang", "en"]
    done = forked.run(command)
    return done.returncode, (done.stdout + done.stderr).splitlines()


def admin(folder: Path, *words: str) -> tuple[int, list[str]]:
    """What `chat-server admin` prints, and its exit code."""
    return run("admin", *words, "--data", str(folder))


async def test_the_operator_asks_about_the_cluster(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """Nodes, people and how NATS is are named, a lone nats-server hands nothing over, who stops is gone."""
    (_, one), (other, two) = [node(launch, nats, tmp_path / name, name) for name in ("um", "dois")]
    ana = await Peer.hello(one, "ana")
    await Peer.hello(two, "bia")
    assert (await ana.expect("joined"))["users"] == ["bia"]
    code, lines = admin(tmp_path / "um", "cluster")
    assert code == 0
    assert lines[0] == "node  um  people 1  this one"
    assert lines[1].startswith("node  dois  people 1  heard ")
    assert lines[2] == f"nats  connected  127.0.0.1:{nats.servers[0].port}"
    assert [line.split("  ")[1] for line in lines[3:]] == ["CHAT", "KV_chat"]
    assert admin(tmp_path / "um", "hand-over")[0] == 2
    code, (line,) = admin(tmp_path / "um", "hand-over", nats.servers[0].name)
    assert (code, "no other nats-server" in line) == (1, True)
    assert other.stop() == 0
    assert (await ana.expect("left"))["users"] == ["bia"]
    assert [line.split("  ")[1] for line in admin(tmp_path / "um", "cluster")[1]][:2] == ["um", "connected"]


def test_a_server_alone_says_so(launch: Launch, tmp_path: Path) -> None:
    """Where there is no cluster the answer is one word, and nobody to hand over to."""
    launch("--port", "0", "--data", str(tmp_path / "data")).port()
    assert admin(tmp_path / "data", "cluster") == (0, ["alone"])
    code, (line,) = admin(tmp_path / "data", "hand-over", "um")
    assert (code, line) == (1, "Refused: this server is alone: it has no --cluster.")


def test_check_says_what_is_wrong_with_the_nats_servers(nats: Natses, tmp_path: Path) -> None:
    """`--check` looks at them as the start does, and makes nothing there."""
    command = [str(SERVER), "--check", "--port", "0", "--data", str(tmp_path / "d"), "--lang", "en"]
    command += ["--cluster", nats.urls[0]]
    done = forked.run(command)
    assert done.returncode == 1
    assert "cluster: There would be 1 copy" in done.stdout
    risky = "--accept-loss-on-power-failure"
    done = forked.run([*command, risky])
    assert (done.returncode, "cluster: ok" in done.stdout) == (0, True), done.stdout
    assert nats.servers[0].ask("/jsz")["streams"] == 0


async def test_a_backup_of_a_node_has_everything(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """Made while it runs, put back elsewhere and exported: what was said, and the rooms of all nodes."""
    started, port = node(launch, nats, tmp_path / "um", "um")
    ana = await Peer.hello(port, "ana", rooms=["#sala"])
    said = await ana.send("#sala", "guardem isto", "1")

    def typed(*words: str) -> str:
        done = forked.run([SERVER, *words, "--lang", "en"])
        assert (done.returncode, done.stderr) == (0, ""), words
        return done.stdout

    tar, back = str(tmp_path / "all.tar"), str(tmp_path / "back")
    typed("backup", "--data", str(tmp_path / "um"), "--to", tar)
    typed("restore", tar, "--data", back)
    lines = [json.loads(line) for line in typed("export", "--data", back).splitlines()]
    assert [(line["id"], line["body"]) for line in lines if line["is"] == "entry"] == [
        (said["id"], "guardem isto")
    ]
    assert {"room/#geral", "room/#sala"} <= {line["key"] for line in lines if line["is"] == "record"}
    assert started.stop() == 0


def test_nobody_is_erased_on_one_node_alone(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """What is on every node, and in NATS, is not said to be gone."""
    node(launch, nats, tmp_path / "um", "um")
    command = [SERVER, "erase", "ana", "--data", tmp_path / "um", "--lang", "en"]
    done = forked.run(command)
    assert done.returncode == 1
    assert "on every node and in NATS" in done.stderr


def test_a_copy_is_no_history_of_one_machine(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """Without --cluster a node's folder is refused: what would be said there nobody else would hear."""
    started, _ = node(launch, nats, tmp_path / "um", "um")
    assert started.stop() == 0
    done = forked.run([SERVER, "--port", "0", "--data", tmp_path / "um", "--lang", "en"])
    assert done.returncode == 1
    assert "give --cluster, too" in done.stderr
    done = forked.run([SERVER, "export", "--data", tmp_path / "um", "--lang", "en"])
    assert done.returncode == 1
    assert "give --cluster, too" in done.stderr


async def test_another_historys_registry_is_refused(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """Where the stream was made anew and the bucket was not, nobody is let in by the law of other rooms."""
    first, port = node(launch, nats, tmp_path / "um", "um")
    await Peer.hello(port, "ana")
    assert first.stop() == 0
    client = await nats_py.connect(nats.urls)
    await client.jetstream().delete_stream("CHAT")
    await client.close()
    where = ("--port", "0", "--data", str(tmp_path / "dois"), "--cluster", nats.urls[0])
    code, lines = run(*where, "--accept-loss-on-power-failure")
    assert code == 1
    assert "The bucket KV_chat has the names and rooms of another history: " in " ".join(lines)


def test_the_checker_finds_nothing_over_two_nodes(launch: Launch, nats: Natses, tmp_path: Path) -> None:
    """`chat-check` with all its mischief, each connection to the next node: nothing lost or twice."""
    (_, one), (_, two) = [node(launch, nats, tmp_path / name, name) for name in ("um", "dois")]
    report = judged(one, others=[("127.0.0.1", two)], clients=10, seconds=2.0, often=15)
    assert report.cuts > 0
    assert report.verdict.acknowledged > 100
