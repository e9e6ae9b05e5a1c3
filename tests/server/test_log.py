"""What is written down of a run: who came and went, a line each; nothing secret, nothing that was said."""

import io
import json
import re
from contextlib import closing
from pathlib import Path

import pytest

from chat.server.console import Console, Printer
from tests.keys import Key
from tests.peer import Peer, framed
from tests.processes import FREELY, Launch, Process
from tests.server.folders import installed
from tests.tui import test_installed as tty

MARK = "zqxmarker"
PASSPHRASE = "zqxpassphrase"
LINES = [
    r"Server started\.\.\.",
    r"Server connected: .*",
    r"Plain text \(nc\): port \d+",
    r"(On this machine|For other machines too):  .*",
    r"\[NEW CONNECTION\] [\d.:]+ connected\.",
    r"\w+( \(guest\))? came in from [\d.:]+\.",
    r"[\w ]+ left \([\d.:]+\): [\w ]+\.",
    r"Error in what [\d.:]+ sent \(\w+\); disconnected\.",
    r"Server closing: .*",
]
"""All that a run in which nothing goes wrong may say."""
FORGED = "x\n2026-11-20 INFO admin logged in\x1b[2J%s%n"


async def said(port: int) -> list[str]:
    """Say the marker in every member that takes text; the secrets that came along with it."""
    key = Key()
    peer, challenge = await key.challenged(port, "ana")
    proof = key.proof(challenge, "ana")
    peer.say(**proof)
    ana = peer
    ana.welcome = await ana.expect("welcome")
    bia = await Peer.hello(port, "bia", session=MARK)
    sent = await ana.send("#geral", f"{MARK} {FORGED[1:22]}", f"{MARK}-1")
    await ana.send("@bia", MARK, f"{MARK}-2")
    ana.say(type="edit", id=sent["id"], body=f"{MARK} again", cid=f"{MARK}-3")
    await ana.expect("edited")
    ana.say(type="topic", room="#geral", topic=MARK, cid=f"{MARK}-4")
    await ana.expect("topic")
    ana.say(type="search", text=MARK, ref=MARK)
    await ana.expect("found")
    for bad in (f'{{"type":"{MARK}\\u001b[2J"}}', f'{{"type":"send","body":"{MARK}', MARK):
        bia.raw(framed(bad.encode()))
        await bia.expect("error")
    for name in (FORGED, MARK + "\x1b[2J", "\u202e" + MARK):
        nobody = await Peer.connect(port)
        nobody.say(type="hello", version=1, user=name)
        assert (await nobody.expect("error"))["code"] == "bad_name"
        nobody.reset()
    bia.raw(MARK.ljust(64, "\n").encode())
    await bia.closed()
    ana.say(type="bye")
    await ana.closed()
    nonces = [challenge["nonce"], proof["nonce"], proof["signature"]]
    return [*nonces, ana.welcome["session"], bia.welcome["session"]]


def secrets_of(folder: Path) -> list[str]:
    """What is in the files of a folder that nobody else is to have: keys of people and of certificates."""
    found: list[str] = []
    for path in folder.rglob("*"):
        if path.name == "identity":
            found += [value for name, value in json.loads(path.read_text()).items() if name == "secret"]
        elif path.suffix in (".key", ".pem"):
            text = path.read_text()
            if "PRIVATE" in text:
                found += [line for line in text.splitlines() if "-----" not in line]
    return found


async def test_nothing_secret_and_nothing_said(launch: Launch, tmp_path: Path) -> None:
    """Of a run with keys, tokens, a passphrase and bodies in it neither program writes one of them down."""
    server = launch("--port", "0", "--data", str(tmp_path / "server"), "--text-port", "0", *FREELY)
    port = server.port()
    secrets = await said(port)
    code, invited, complaint = installed("invite", "--data", tmp_path / "server")
    assert (code, complaint) == (0, "")
    address = invited.split()[-1]
    token = address.rpartition(".")[2]
    shown = _invited(address, tmp_path)
    secrets += [token, PASSPHRASE, MARK, *secrets_of(tmp_path)]
    assert server.stop() == 0
    assert server.process.stderr is not None
    log = "\n".join([*server.lines, server.process.stderr.read()])
    assert len(secrets) > 9
    for secret in secrets:
        assert len(secret) > 6
        assert secret not in log, secret
        assert secret == MARK or secret not in shown, secret
    _in_order(server)


def _invited(address: str, folder: Path) -> str:
    """What a person sees who comes with an invitation and seals the identity for another machine."""
    own = {"XDG_DATA_HOME": str(folder / "client"), "CHAT_LANG": "en"}
    with closing(tty.Console("chat-client", address, "--user", "caio", **own)) as caio:
        caio.shows("[Send]", "Connected")
        caio.type(f"{MARK}\r")
        caio.shows(f"{MARK} ✓")
        caio.type("/quit\r")
        assert caio.ends() == 0
        seen = caio.raw.decode()
    with closing(tty.Console("chat-client", "identity", "export", str(folder / "me"), **own)) as export:
        for asked in ("Passphrase for it", "Once more"):
            export.shows(asked)
            export.type(f"{PASSPHRASE}\r")
        assert export.ends() == 0
        return seen + export.raw.decode()


def _in_order(server: Process) -> None:
    """One line for each event, of a kind that is known, with nothing in it that drives a terminal."""
    for line in server.lines:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line), line
        assert any(re.fullmatch(kind, line.strip()) for kind in LINES), line
    came = sum("came in" in line for line in server.lines)
    assert (came, sum(" left (" in line for line in server.lines)) == (3, 6)


@pytest.mark.parametrize("text", [FORGED, "\u202eana", "a\u2028b", "\x9b2J", "a\r\nb", "a\x85b"])
def test_what_peers_chose_begins_no_line(text: str) -> None:
    """Whatever comes into a line, nothing after it looks like another event, or drives a terminal."""
    out = io.StringIO()
    printer = Printer(out)
    console = Console(printer)
    console.entered(text, "127.0.0.1:1", guest=True)
    console.gone(text, "127.0.0.1:1", "bye")
    console.stalled(1.0, text)
    console.failed("Send", ValueError(text))
    printer.close()
    lines = out.getvalue().split("\n")
    for line in lines:
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", line), line
    begun = [line for line in lines if line and not line.startswith("    ")]
    assert len(begun) == 4, begun
