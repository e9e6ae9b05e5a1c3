"""Under which addresses this machine can be reached, and what to type on the others."""

import ipaddress
import shlex

import ifaddr

from chat.address import Address
from chat.usage import DEFAULT_PORT

ANYWHERE = frozenset({"", "0.0.0.0", "::"})
LOCALHOST = frozenset({"localhost", "127.0.0.1", "::1"})


def is_local(host: str) -> bool:
    """Whether only this machine can reach a listener on `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def reachable(host: str) -> list[str]:
    """The addresses others may use for a listener on `host`; for all interfaces, each one's own."""
    if host not in ANYWHERE:
        return [host]
    found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    plain = [ip if isinstance(ip, str) else ip[0] for ip in found]
    usable = [ip for ip in plain if _is_usable(ip) and (host == "::" or ":" not in ip)]
    return sorted(usable, key=lambda ip: (":" in ip, ipaddress.ip_address(ip).is_loopback))


def _is_usable(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    return not (ip.is_link_local or ip.is_multicast)


def links(host: str, port: int, fingerprint: str, invitation: str = "") -> list[str]:
    """The addresses to hand on for a listener on host and port: others' first, of this machine else."""
    known = reachable(host)
    others = [address for address in known if not is_local(address)]
    if not others:
        others = ["localhost" if host in ANYWHERE else host]
    return [str(Address(address, port, fingerprint, invitation)) for address in others]


def client_line(host: str, port: int, user: str) -> str:
    """The command that, on this machine, joins a server that listens on host and port under a name."""
    words = ["chat-client"]
    if host not in ANYWHERE | LOCALHOST:
        words += ["--host", host]
    if port != DEFAULT_PORT:
        words += ["--port", str(port)]
    return shlex.join([*words, "--user", user])
