"""SIGHUP: the configuration file and the certificate are read again, and nobody is disconnected."""

import asyncio
import signal
from argparse import Namespace
from collections.abc import Sequence

from chat.address import shown
from chat.configuration import BadFile
from chat.errors import DataRefused
from chat.hub.core import Core
from chat.limits.options import FIXED
from chat.operating import refusals
from chat.operating.certificates import Certificates
from chat.server import config
from chat.server.arguments import chosen, read
from chat.server.bounding import fields
from chat.server.console import Console
from chat.words import t

_LIVE = {"quiet", "no_guests"}
"""What may change while the server runs, beside the limits."""


class Reload:
    """What a running server was asked for, and its parts that can be told otherwise."""

    def __init__(
        self,
        arguments: Sequence[str],
        asked: Namespace,
        core: Core,
        console: Console,
        certificates: Certificates,
    ) -> None:
        self._arguments = arguments
        self._asked = asked
        self._core = core
        self._console = console
        self._certificates = certificates

    def __call__(self) -> None:
        """Read both again; what is wrong is said, and then all stays as it was."""
        self._configuration()
        self._certificate()

    def _configuration(self) -> None:
        try:
            asked = read(self._arguments)
        except BadFile as bad:
            self._console.say(config.refused(bad))
            return
        except SystemExit:  # two options that do not go together; why was said
            return
        before, after = vars(self._asked), vars(asked)
        changed = {name for name in after if after[name] != before[name]}
        waiting = changed - _LIVE - fields().keys() | {
            name for name in changed if fields().get(name) in FIXED
        }
        self._core.reconfigure(chosen(asked))
        self._console.verbose = not asked.quiet
        if waiting:
            names = ", ".join(sorted(name.replace("_", "-") for name in waiting))
            self._console.say(t("These take a restart: {names}", names=names))
        self._console.say(t("Configuration read again."))

    def _waiting(self, asked: Namespace) -> list[str]:
        """The options that are wanted otherwise than the server was started, and cannot change meanwhile."""
        before, after, deciding = vars(self._asked), vars(asked), fields()
        live = _LIVE | {name for name, field in deciding.items() if field not in FIXED}
        changed = {name for name in after if after[name] != before[name]}
        return sorted(name.replace("_", "-") for name in changed - live)

    def _certificate(self) -> None:
        try:
            self._certificates.renew()
        except DataRefused as error:
            self._console.say(refusals.of_data(error))
        else:
            fingerprint = shown(self._certificates.fingerprint)
            self._console.say(t("Certificate read again: {fingerprint}", fingerprint=fingerprint))


def on_hangup(reload: Reload) -> None:
    """Do so at each SIGHUP from now on; systems without it have nothing of the sort."""
    if hasattr(signal, "SIGHUP"):
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
