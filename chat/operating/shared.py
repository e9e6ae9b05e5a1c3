"""What commands share: the options for a data folder and for a cluster, and how a missing server is told."""

import argparse
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chat.errors import DataRefused
from chat.text import Kind, safe
from chat.usage import Option
from chat.words import mark, t

if TYPE_CHECKING:
    from chat.cluster.node import Settings

NODE = socket.gethostname() or "node"


def _urls(text: str) -> tuple[str, ...]:
    """Addresses of nats-servers. Raises ArgumentTypeError."""
    urls = tuple(url.strip() for url in text.split(","))
    for url in urls:
        if not _is_server(url):
            shown = repr(safe(url.rpartition("@")[2], Kind.LINE))
            raise argparse.ArgumentTypeError(t("{text} is not nats://HOST:PORT", text=shown))
    return urls


def _is_server(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("nats", "tls") and bool(parts.hostname and parts.port) and not parts.path
    except ValueError:
        return False


DATA = Option("--data", mark("folder of the server (default: the user's data folder)"), mark("DIR"))
NOT_RUNNING = mark("No server runs there; start it, or name its folder with --data.")
URLS = Option(
    "--cluster",
    mark("nats-servers that keep the history, nats://HOST:PORT with commas between (default: none)"),
    mark("URLS"),
    _urls,
    default=(),
)
WITH = (
    Option("--cluster-ca", mark("who signed their certificates, PEM (default: the system's)"), mark("FILE")),
    Option("--cluster-cert", mark("certificate of this node for them, PEM (default: none)"), mark("FILE")),
    Option("--cluster-key", mark("the key of --cluster-cert, PEM"), mark("FILE")),
    Option("--cluster-credentials", mark("credentials of this node, made by nsc"), mark("FILE")),
    Option(
        "--accept-loss-on-power-failure",
        mark("take nats-servers that keep one copy only, or do not write it to the disk at once"),
    ),
)


def wrong(asked: argparse.Namespace) -> str:
    """What does not go together in these options, in a sentence; empty if it does."""
    if (asked.cluster_cert is None) != (asked.cluster_key is None):
        return t("--cluster-cert and --cluster-key: give both of them or neither")
    alone = [option.name for option in WITH if getattr(asked, option.attribute) and not asked.cluster]
    return t("{option} is for --cluster", option=alone[0]) if alone else ""


def settings(asked: Any) -> "Settings":
    """What the options say. Raises DataRefused where there is no nats-py."""
    try:
        from chat.cluster.connection import Servers
        from chat.cluster.node import Settings
    except ImportError as error:
        raise DataRefused("no_nats_py", "", str(error)) from error
    servers = Servers(
        asked.cluster,
        ca=asked.cluster_ca,
        cert=asked.cluster_cert,
        key=asked.cluster_key,
        credentials=asked.cluster_credentials,
    )
    node = getattr(asked, "node", NODE)
    return Settings(servers, node, careful=not asked.accept_loss_on_power_failure)
