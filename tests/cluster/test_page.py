"""The page for many machines is true: its configurations are used, and its commands do what it says."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

import chat.cluster
from chat.server.arguments import USAGE
from tests import forked
from tests.cluster.natses import PATIENCE, Natses, NatsServer, StartNats
from tests.cluster.operators import Operator
from tests.processes import SERVER, Launch, typed
from tests.torture.bench import Served, Wire

PAGE = Path(chat.cluster.__file__).with_name("CLUSTER.md").read_text("utf-8")
HOSTS = ("um", "dois", "tres")


def block(language: str) -> str:
    """The one code block of a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return str(found)


def certified(folder: Path) -> None:
    """An authority, `ca.pem`, and one certificate of it for this machine, as the page names them."""
    now, day = datetime.now(UTC), timedelta(days=1)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    names = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]) for name in ("chat ca", "host")]

    def signed(number: int) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(names[number])
            .issuer_name(names[0])
            .public_key(keys[number].public_key())
            .serial_number(number + 1)
            .not_valid_before(now - day)
            .not_valid_after(now + day)
            .add_extension(x509.BasicConstraints(ca=not number, path_length=None), critical=True)
        )

    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    ca = signed(0).sign(keys[0], hashes.SHA256())
    host = signed(1).add_extension(here, critical=False).sign(keys[0], hashes.SHA256())
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))
    (folder / "host.pem").write_bytes(host.public_bytes(pem))
    key = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "host.key").touch(mode=0o600)
    (folder / "host.key").write_bytes(key)
    for end in (".pem", ".key"):
        shutil.copy(folder / f"host{end}", folder / f"chat{end}")


class Host(NatsServer):
    """A nats-server with the configuration of the page, but for the places."""

    def configure(self, routes: list[int]) -> None:  # type: ignore[override]
        """Three hosts are three ports of this one; certificates lie where the operator is."""
        text = block("conf")
        for name, port in zip(HOSTS, routes, strict=True):
            text = text.replace(f"{name}:6222", f"127.0.0.1:{port}")
        text = text.replace("server_name: um", f"server_name: {self.name}")
        text = text.replace("0.0.0.0:4222", f"127.0.0.1:{self.port}")
        text = text.replace("0.0.0.0:6222", f"127.0.0.1:{self.route}")
        text = text.replace('"data"', f'"{self.folder}"')
        for file in ("host.pem", "host.key", "ca.pem"):
            text = text.replace(f'"{file}"', f'"{self.folder.parent / file}"')
        (self.folder / "server.conf").write_text(text)


@pytest.fixture
def hosts(tmp_path: Path) -> Iterator[list[Host]]:
    """The three hosts of the page."""
    made = [Host(tmp_path, name) for name in HOSTS]
    certified(tmp_path)
    with ExitStack() as stack:
        for host in made:
            host.configure([one.route for one in made])
            stack.callback(host.end)
            host.start()
        for host in made:
            host.says("metadata leader")
        yield made


def configured(hosts: list[Host], folder: Path, name: str) -> Served:
    """A node with the configuration of the page, but for the places."""
    text = block("toml").replace('"0.0.0.0"', '"127.0.0.1"').replace("10101", "0")
    for host in hosts:
        text = text.replace(f"{host.name}:4222", f"127.0.0.1:{host.port}")
    for file in ("ca.pem", "host.pem", "host.key", "chat.pem", "chat.key"):
        text = text.replace(f'"{file}"', f'"{folder / file}"')
    text = text.replace('node = "um"', f'node = "{name}"').replace('"node"', f'"{folder / name}"')
    (folder / f"{name}.toml").write_text(text)
    return Served(folder / name, options=("--config", str(folder / f"{name}.toml")))


def levelled(folder: Path) -> str:
    """What `admin cluster` says of the streams, once each has a leader and two that are level with it."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = forked.run([SERVER, "admin", "cluster", "--data", folder, "--lang", "en"]).stdout
        states = [re.findall(r" (leads|level)\b", line) for line in said.splitlines() if "stream" in line]
        if [sorted(state) for state in states] == [["leads", "level", "level"]] * 2:
            return said
        assert time.monotonic() < deadline, said


def test_three_hosts_from_nothing(hosts: list[Host], tmp_path: Path) -> None:
    """With the page's own configurations, encrypted and with accounts, a node starts, and is careful."""
    with configured(hosts, tmp_path, "um") as node, Wire(node.port(), "ana") as ana:
        assert ana.send("#geral", "oi", "1")["type"] == "message"
        said = levelled(tmp_path / "um")
        assert "node  um  people 1" in said
        assert "stream  CHAT  messages 1" in said
    stranger = tmp_path / "stranger"
    urls = f"tls://127.0.0.1:{hosts[0].port}"
    without = ("--cluster", urls, "--cluster-ca", str(tmp_path / "ca.pem"))
    with Served(stranger, options=without) as node:
        assert node.process.stdout is not None
        assert any("certificate required" in line for line in node.process.stdout)


def test_the_life_of_three_hosts(hosts: list[Host], tmp_path: Path) -> None:
    """Upgraded one by one, one lost and replaced, two lost and back: all that was said is there, once."""
    with configured(hosts, tmp_path, "um") as um, Wire(um.port(), "ana") as ana:
        with configured(hosts, tmp_path, "dois") as dois:
            dois.port()
            for number, host in enumerate(hosts):
                levelled(tmp_path / "um")
                handed_over(host.name, tmp_path)
                host.stop()
                said_at_last(ana, number)
                host.start()
            levelled(tmp_path / "um")
            dois.process.terminate()
            assert dois.ended() == 0
        hosts[2].kill()
        shutil.rmtree(hosts[2].folder / "jetstream")
        hosts[2].start()
        levelled(tmp_path / "um")
        for host in hosts[:2]:
            host.kill()
        assert [one["body"] for one in ana.everything()] == [f"line {number}" for number in range(3)]
        for host in hosts[:2]:
            host.start()
        said_at_last(ana, 3)
        with configured(hosts, tmp_path, "dois") as dois, Wire(dois.port(), "rui") as rui:
            assert [one["body"] for one in rui.everything()] == [f"line {number}" for number in range(4)]


def handed_over(name: str, folder: Path) -> None:
    """What the page does before it stops one of them."""
    line = block("sh upgrade").strip().replace("over um", f"over {name}").replace("data node", "data um")
    done = typed(line, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert " leads " in done.stdout
    assert f"{name} leads" not in done.stdout


def said_at_last(wire: Wire, number: int) -> None:
    """Stored, however often it has to be tried: while there is no majority it may be refused."""
    while wire.send("#geral", f"line {number}", str(number))["type"] != "message":
        pass


def test_credentials_of_an_operator(start_nats: StartNats, tmp_path: Path) -> None:
    """Where accounts are tokens and not passwords, a node comes in with its file, and not without."""
    operator = Operator()
    nats = start_nats(more=operator.config())
    (tmp_path / "node.creds").write_text(operator.credentials())
    where = ("--cluster", nats.urls[0], "--accept-loss-on-power-failure")
    options = (*where, "--cluster-credentials", str(tmp_path / "node.creds"))
    with Served(tmp_path / "node", options=options) as node, Wire(node.port(), "ana") as ana:
        assert ana.send("#geral", "oi", "1")["type"] == "message"
    with Served(tmp_path / "stranger", options=where) as node:
        assert node.process.stdout is not None
        assert any("uthorization" in line for line in node.process.stdout)


def test_a_cluster_is_made_anew(nats: Natses, tmp_path: Path, launch: Launch) -> None:
    """The lines of the page make one of a backup; whom they erase in between said nothing there any more."""
    where = ("--cluster", nats.urls[0], "--accept-loss-on-power-failure", "--port", "0")
    server = launch(*where, "--data", str(tmp_path / "node"))
    port = server.port()
    with Wire(port, "ana") as ana, Wire(port, "rui") as rui:
        said = ana.send("#geral", "fica", "1")
        rui.send("#geral", "vai embora", "2")
    first, *rest = block("sh anew").splitlines()
    done = typed(first, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2" in done.stdout
    assert server.stop() == 0
    nats.emptied()
    (tmp_path / "node").rename(tmp_path / "node.old")
    for line in rest:
        done = typed(line.replace("nats://127.0.0.1:4222", nats.urls[0]), tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), line
        if " restore " in line:
            erased(tmp_path, launch)
    server = launch(*where, "--data", str(tmp_path / "node"))
    with Wire(server.port(), "ana") as ana:
        bodies = [one["body"] for one in ana.page() if not one.get("deleted")]
        assert bodies == [said["body"]]
    assert server.stop() == 0
    assert "vai embora" not in (tmp_path / "whole.jsonl").read_text()


def erased(folder: Path, launch: Launch) -> None:
    """What the page does between two of its lines to erase somebody."""
    server = launch("--data", str(folder / "whole"), "--port", "0")
    server.port()
    done = typed(block("sh erase").strip(), folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert server.stop() == 0


def test_moving_in_and_out(nats: Natses, tmp_path: Path, launch: Launch) -> None:
    """The lines of the page carry a server into a cluster and back; what was said is there."""
    server = launch("--port", "0", "--data", str(tmp_path / "old"))
    with Wire(server.port(), "ana") as ana:
        said = ana.send("#geral", "oi, gente", "1")
    assert server.stop() == 0
    for line in block("sh move").splitlines():
        done = typed(line.replace("nats://127.0.0.1:4222", nats.urls[0]), tmp_path)
        assert (done.returncode, done.stderr) == (0, ""), line
    server = launch("--port", "0", "--data", str(tmp_path / "new"))
    with Wire(server.port(), "ana") as ana:
        assert ana.page() == [said]
    assert server.stop() == 0


def test_every_option_it_names() -> None:
    """No option is named that there is not."""
    known = {option.name for section in USAGE.sections for option in section.options}
    known |= {"--config", "--data", "--to"}
    assert set(re.findall(r"`[^`]*?(--[a-z][a-z-]+)", PAGE)) <= known


def table(head: str) -> list[list[float]]:
    """The numbers of the table that begins with a heading, without what they count."""
    (found,) = re.findall(rf"\| {re.escape(head)}.*\n\|.*\n((?:\|.*\n)+)", PAGE)
    return [
        [float(one.replace(",", "")) for one in re.findall(r"[\d.,]+", line)] for line in found.splitlines()
    ]


def test_its_arithmetic() -> None:
    """Past one stream: what a node follows; in one: what a node has to apply, and how long a copy takes."""
    for people, *shares in table("people on a node"):
        for streams, share in zip((4, 16, 64), shares, strict=True):
            assert round(100 * (1 - (1 - 1 / streams) ** (people * 5))) == share
    for rate, used, millions, took in table("lines a second, all day"):
        year = rate * 365 * 86_400
        assert round(year / 1e6) == millions
        assert rate / 50_000 * 100 == pytest.approx(used)
        assert took in [pytest.approx(year / 50_000 / unit, rel=0.06) for unit in (60, 3_600, 86_400)]
