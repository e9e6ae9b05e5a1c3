"""From a name to a connection, and the reason why there is none."""

import asyncio
import socket

import pytest

from chat.client.dial import Unreachable, dial
from chat.link import ClientLink, client_link
from chat.protocol import client_side
from tests.fakes import FakeServer, within
from tests.patience import PATIENCE


def link() -> ClientLink:
    """The client's end of a connection to be."""
    return client_link(client_side())


async def test_the_address_that_accepts_is_taken(server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several addresses of a host, those that refuse are passed over."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.2", server.port))

        async def both(*_: object, **__: object) -> list[tuple[object, ...]]:
            inet = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*inet, ("127.0.0.2", server.port)), (*inet, ("127.0.0.1", server.port))]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", both)
        joined = await within(dial(link, "casa", server.port, PATIENCE))
        assert joined.host == "127.0.0.1"
        joined.abort()


@pytest.mark.parametrize("host", ["no.such.host.invalid", "a..b", "x" * 70, "a\x00b"])
async def test_a_host_that_is_none(host: str) -> None:
    """Unknown or impossible, it is not found."""
    with pytest.raises(Unreachable) as failed:
        await within(dial(link, host, 9, PATIENCE))
    assert (failed.value.reason, failed.value.tried) == ("not_found", ())


async def test_an_address_that_never_answers() -> None:
    """A listener whose queue is full answers nothing: the patience ends it."""
    with socket.socket() as deaf, socket.socket() as one, socket.socket() as other:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for filler in (one, other):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        with pytest.raises(Unreachable) as failed:
            await within(dial(link, "127.0.0.1", deaf.getsockname()[1], 0.05))
    assert failed.value.reason == "timeout"
    assert failed.value.tried == (f"127.0.0.1:{failed.value.tried[0].split(':')[1]}",)


async def test_a_name_service_that_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking up a name has its patience too."""

    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
    with pytest.raises(Unreachable) as failed:
        await within(dial(link, "casa", 1, 0.01))
    assert (failed.value.reason, failed.value.tried) == ("timeout", ())


async def test_no_way_to_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other failure of the network is said to be that, with its error."""

    async def no_route(*_: object, **__: object) -> None:
        raise OSError(113, "No route to host")

    monkeypatch.setattr(asyncio.get_running_loop(), "create_connection", no_route)
    with pytest.raises(Unreachable) as failed:
        await within(dial(link, "::1", 9, PATIENCE))
    assert (failed.value.reason, failed.value.error.errno, failed.value.tried) == (
        "unreachable",
        113,
        ("[::1]:9",),
    )
