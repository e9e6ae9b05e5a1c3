"""The installed client at a server's door: addresses, fingerprints, invitations and identities."""

import json
import os
import re
import sys
from contextlib import closing
from pathlib import Path

import pytest

from chat.client import identity
from chat.client.identity import FILE, made
from chat.files import data_folder
from tests import forked
from tests.processes import Launch
from tests.tui.test_installed import Console

CLIENT = Path(sys.executable).with_name("chat-client")


def said(*arguments: str, typed: str = "", home: Path | None = None) -> tuple[int, str]:
    """What the client prints for some lines of input, and its exit code."""
    done = forked.run(
        [CLIENT, *arguments],
        input=typed,
        start_new_session=True,  # nobody can be asked there, though a person should run the tests
        env=os.environ | {"CHAT_LANG": "en"} | ({"XDG_DATA_HOME": str(home)} if home else {}),
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def handed(launch: Launch, tmp_path: Path) -> str:
    """A running server's address as it is handed on, with an invitation."""
    data = str(tmp_path / "server")
    port = launch("--port", "0", "--data", data).port()
    line = forked.run([CLIENT.with_name("chat-server"), "invite", "--data", data], check=True).stdout.strip()
    assert f":{port}/" in line
    return line.removeprefix("chat-client ").replace("localhost", "127.0.0.1")


def test_the_line_that_is_handed_on(handed: str) -> None:
    """With the line there is no question; afterwards the server is known by its address alone."""
    code, text = said(handed, "--user", "ana", "--linear", typed="oi\n")
    assert (code, "ana: oi" in text) == (0, True)
    host, port = re.findall(r"//([\d.]+):(\d+)", handed)[0]
    code, text = said("--tls", "--host", host, "--port", port, "--user", "ana", "--linear", typed="de novo\n")
    assert (code, "ana: de novo" in text) == (0, True)


def test_a_server_nobody_knows(handed: str) -> None:
    """Where nobody can be asked nothing is said to it; the line to type is."""
    host, port = re.findall(r"//([\d.]+):(\d+)", handed)[0]
    fingerprint = re.findall(r"#([0-9a-f]{64})", handed)[0]
    for arguments in (["--linear"], ["send", "oi"], ["tail", "--no-follow"]):
        order = arguments if arguments[0] != "--linear" else []
        rest = arguments if not order else []
        code, text = said(*order, "--tls", "--host", host, "--port", port, "--user", "ana", *rest)
        assert code == 1
        assert f"chat-client chat://{host}:{port}/#{fingerprint}" in text


def test_a_person_is_asked_once(handed: str) -> None:
    """At a terminal the fingerprint is shown and asked about; who confirms it is not asked again."""
    host, port = re.findall(r"//([\d.]+):(\d+)", handed)[0]
    command = ("chat-client", "--tls", "--host", host, "--port", port, "--user", "ana")
    fingerprint = re.findall(r"#([0-9a-f]{4})", handed)[0]
    with closing(Console(*command)) as refusing:
        refusing.shows(fingerprint, "[s/N]")
        refusing.type("n\r")
        assert refusing.ends() == 1
    with closing(Console(*command)) as asked:
        asked.shows(fingerprint, "[s/N]")
        asked.type("s\r")
        asked.shows("Conectado como ana")
    with closing(Console(*command)) as again:
        again.shows("Conectado como ana")
        assert "[s/N]" not in again.picture


def test_a_changed_certificate(handed: str) -> None:
    """Another fingerprint than the one given is refused, loudly, with exit code 1."""
    wrong = re.sub("#[0-9a-f]{64}", "#" + "ab" * 32, handed)
    code, text = said(wrong, "--user", "ana", "--linear", typed="oi\n")
    assert code == 1
    assert "its certificate is not the one that is known" in text
    assert "nothing was said to it" in text


def test_a_name_is_its_owners(handed: str, tmp_path: Path) -> None:
    """Another person's client does not get the name; the owner's does, after a restart of the client."""
    assert said(handed, "--user", "ana", "--linear", typed="oi\n")[0] == 0
    code, text = said(handed, "--user", "ana", "--linear", typed="", home=tmp_path / "another")
    assert "that name is in use by somebody else" in text
    assert code == 3
    assert said(handed, "--guest", "--user", "ana", "--linear", typed="")[0] == 3
    assert said(handed, "--user", "Ana", "--linear", typed="sou eu\n")[0] == 0


def test_an_identity_is_carried(handed: str, tmp_path: Path) -> None:
    """Exported here and imported there, it is the same person on both machines."""
    assert said(handed, "--user", "ana", "--linear", typed="oi\n")[0] == 0
    there, file = tmp_path / "there", tmp_path / "key"
    assert said("identity", "export", str(file))[0] == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert said("identity", "export", str(file))[0] == 1
    assert said("identity", "import", str(file), home=there)[0] == 0
    assert said("identity", "show")[1].splitlines()[0] == said("identity", home=there)[1].splitlines()[0]
    assert said(handed, "--user", "ana", "--linear", typed="daqui\n", home=there)[0] == 0
    assert said("identity", "import", "/nowhere")[0] == 1
    code, text = said("identity", "import", typed="{}")
    assert (code, text.split(";")[0]) == (1, "- holds no identity")  # one's own is as it was
    assert said("identity", "dance")[0] == 2


def test_an_identity_put_together_of_two(handed: str) -> None:
    """Its halves do not fit: that is said, where something is shown first once it has to prove itself."""
    assert said(handed, "--user", "ana", "--linear", typed="oi\n")[0] == 0
    file = data_folder() / FILE
    file.write_text(json.dumps(json.loads(file.read_text()) | {"secret": made().written().split('"')[11]}))
    code, text = said(handed, "--user", "ana", "--linear")
    assert (code, "Your identity cannot be read" in text) == (1, True)
    with closing(Console("chat-client", handed, "--user", "ana", CHAT_LANG="en")) as shown:
        shown.shows("ana: oi")
        shown.shows("Disconnected")
        shown.type("\r")
        assert shown.ends() == 1
        assert "Your identity cannot be read" in shown.raw.decode()


def test_a_sealed_identity_in_a_pipe(handed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A filter opens it with CHAT_PASSPHRASE, says so where that is missing, and takes no wrong one."""
    home = tmp_path / "sealed"
    text = identity.read(identity.kept(tmp_path / "key")).written("abre-te")
    (home / "chat").mkdir(parents=True)
    (home / "chat" / "identity").write_text(text)
    sends = ("send", "--host", handed, "--user", "ana", "oi")
    code, told = said(*sends, home=home)
    assert (code, "CHAT_PASSPHRASE" in told) == (2, True)
    monkeypatch.setenv("CHAT_PASSPHRASE", "errada")
    assert "does not open your identity" in said(*sends, home=home)[1]
    monkeypatch.setenv("CHAT_PASSPHRASE", "abre-te")
    assert said(*sends, home=home) == (0, "")
    assert said(handed, "--linear", "--user", "ana", typed="oi\n", home=home)[0] == 0


def test_a_filter_takes_the_line_that_was_handed_on(handed: str, tmp_path: Path) -> None:
    """`tail` reads it where the screen does: in its place, without a name."""
    home = tmp_path / "home"
    assert said("send", "--host", handed, "--user", "ana", "oi", home=home) == (0, "")
    code, text = said("tail", handed, "--user", "bia", "--no-follow")
    assert (code, "ana: oi" in text) == (0, True)


def test_who_is_not_invited_is_told_so(handed: str, tmp_path: Path) -> None:
    """A server that lets nobody new in is there and answers: what to do is said, not to start another."""
    admin = [CLIENT.with_name("chat-server"), "admin", "--data", str(tmp_path / "server")]
    forked.run([*admin, "registration", "invited"], check=True)
    bare = handed.rpartition(".")[0]
    for arguments in (["--linear"], ["send", "oi"]):
        code, text = said(*arguments, "--host", bare, "--user", "ze")
        assert code == 3
        assert "nobody new is let in without an invitation" in text
        assert "chat-server" not in text


@pytest.mark.parametrize(
    "arguments",
    [["chat://host:0/"], ["chat://host/#abc"], ["http://host/x:y"], ["--tls", "--plaintext"]],
)
def test_wrong_addresses(arguments: list[str]) -> None:
    """What is no address is said before anything is tried."""
    code, _ = said(*arguments, "--user", "ana", "--linear")
    assert code == (1 if arguments[0].startswith("http") else 2)
