"""The command line of chat-server, in the process."""

from collections.abc import Iterator

import pytest

from chat import words
from chat.limits.options import Options
from chat.server.arguments import USAGE, chosen, parse, parser
from chat.server.bounding import LIMITS, LOOPBACK


@pytest.fixture(autouse=True)
def portuguese() -> Iterator[None]:
    """The sentences are looked for in Portuguese: English words of argparse would be seen."""
    words.use(words.PORTUGUESE)
    yield
    words.use(words.ENGLISH)


@pytest.mark.parametrize(
    ("arguments", "host", "port"),
    [
        ([], None, 10101),
        (["0.0.0.0"], "0.0.0.0", 10101),
        (["127.0.0.1", "8081"], "127.0.0.1", 8081),
        (["--host", "::", "--port", "0", "--lang", "en"], "::", 0),
    ],
)
def test_right(arguments: list[str], host: str | None, port: int) -> None:
    """Address and port may be named or stand alone; the rest has its defaults."""
    asked = parse(arguments)
    assert (asked.host, asked.port) == (host, port)
    assert (asked.name, asked.lobby, asked.synchronous, asked.quiet) == ("chat", "#geral", "full", False)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--port", "65536"], "--port: '65536' não é uma porta: um número de 0 a 65535"),
        (["a", "b"], "PORTA: 'b' não é uma porta"),
        (["--max-clients", "0"], "--max-clients: '0' não é um número de 1 ou mais"),
        (["--synchronous", "x"], "--synchronous: 'x' não está entre 'full', 'normal', 'off'"),
        (["--name", ""], "--name: '' não é nome de servidor: uma linha de no máximo 64 caracteres"),
        (["--name", "x" * 65], f"--name: '{'x' * 65}' não é nome de servidor"),
        (["--name", "a\x1b[2J"], "--name: 'a\\x1b[2J' não é nome de servidor"),
        (["--name", "a\nb"], "--name: 'a\\nb' não é nome de servidor"),
        (["--name", "\udcff"], "--name: '\\udcff' não é nome de servidor"),
        (["--data"], "--data: falta um valor"),
        (["--quiet=1"], "--quiet: não leva valor, mas veio '1'"),
        (
            ["--cluster", "nats://ana:segredo@um:4222,http://dois"],
            "--cluster: 'http://dois' não é nats://SERVIDOR:PORTA",
        ),
        (["--cluster", "nats://ana:segredo@um"], "--cluster: 'um' não é nats://SERVIDOR:PORTA"),
        (["--cluster-ca", "ca.pem"], "--cluster-ca é para --cluster"),
        (["--accept-loss-on-power-failure"], "--accept-loss-on-power-failure é para --cluster"),
        (
            ["--cluster", "tls://um:1", "--cluster-key", "k"],
            "--cluster-cert e --cluster-key: informe",
        ),
        (
            ["--cluster", "tls://um:1", "--keep", "9"],
            "--keep e --keep-messages: com --cluster tudo",
        ),
        (["--nada"], "Isto não serve aqui: --nada"),
    ],
)
def test_wrong(arguments: list[str], why: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is said in Portuguese, last, where 25 lines of usage leave it in sight; exit code 2."""
    with pytest.raises(SystemExit) as left:
        parse(arguments)
    assert left.value.code == 2
    original, usage, *_, told = capsys.readouterr().err.splitlines()
    assert original == "Uso correto: script, endereço IP, número da porta"
    assert told.startswith(why)
    assert usage.startswith("uso: chat-server")


@pytest.mark.parametrize("columns", [40, 80])
def test_help_fits(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The help names every option with its default, and fits the terminal."""
    monkeypatch.setenv("COLUMNS", str(columns))
    text = parser().format_help()
    whole = ("[", "--accept-loss-on-power-failure")  # what cannot be parted
    lines = [line for line in text.splitlines() if not line.strip().startswith(whole)]
    assert max(map(len, lines)) <= columns
    for option in (*USAGE.sections[1].options, *LIMITS):
        assert f"\n  {option.name}" in text
    assert "10101" in text
    assert "#geral" in text


def test_every_bound_may_be_decided() -> None:
    """Each option for a number decides one of Options, and none does where none is given."""
    assert chosen(parse([])) == Options()
    seen = [Options()]
    for option in LIMITS:
        options = chosen(parse([option.name, "exempt" if option is LOOPBACK else "7"]))
        assert options not in seen
        seen.append(options)
    assert chosen(parse(["--loopback", "limited"])).exempt_loopback is False


@pytest.mark.parametrize("option", ["--page", "--who-page"])
def test_a_page_has_a_bound(option: str) -> None:
    """A page of more than the contract says would not fit its frame."""
    with pytest.raises(SystemExit):
        parse([option, "501"])


def test_without_bound() -> None:
    """What may be lifted is lifted by 0; what may not is a number of 1 or more."""
    options = chosen(
        parse(["--send-rate", "0", "--max-rooms", "0", "--max-members", "7", "--join-rate", "3"])
    )
    assert (options.send_rate, options.join_rate, options.make_rate) == (0, 3, 1)
    assert (options.max_rooms, options.max_members, options.max_rooms_each) == (2**31 - 1, 7, 100)
    with pytest.raises(SystemExit):
        parse(["--send-burst", "0"])
