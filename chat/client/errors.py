"""What the client library raises; every reason and code is a short word for programs."""

from chat.errors import SENTENCES, ChatError
from chat.messages import MAX_TOKEN

_SENTENCES: dict[str, str] = {code.value: sentence for code, sentence in SENTENCES.items()}


class Refused(ChatError):
    """The server answered with an error, or it would: `code` is one of `chat.errors.Code` or a newer one.

    `why` is a word that says more of it (`muted`, `announcement`, `slow_mode`, `role`, `rank`, `guest`,
    `banned`, `unseen`), or None; after `wait` milliseconds another try may succeed, if that is known.
    """

    def __init__(self, code: str, why: str | None = None, wait: int | None = None) -> None:
        code = str(code)[:MAX_TOKEN]
        super().__init__(_SENTENCES.get(code, code))
        self.code = code
        self.why = why[:MAX_TOKEN] if why else None
        self.wait = wait

    @property
    def word(self) -> str:
        """The one word that says most: `why` if there is one, else the code."""
        return self.why or self.code


class Unanswered(Refused):
    """The server is there and has not answered a request in time: `code` is `unanswered`.

    What was asked may have been done nevertheless.
    """

    def __init__(self) -> None:
        super().__init__("unanswered")


class NameRefused(Refused):
    """The name may not be used: `bad_name` or `name_taken`. Connect again with another."""


class Disconnected(ChatError):
    """There is no connection, or it was lost before the answer came; `reason` says why.

    What was asked may have been done nevertheless.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ConnectFailed(Disconnected):
    """No conversation came about at the first try.

    `reason` is `refused`, `not_found` (no such host), `timeout`, `unreachable`, or what ended the
    conversation before it was welcomed (`closed`, `no_welcome`, `server_full`, ...), or `trust_unreadable`:
    what is known of servers cannot be read. `tried` are the
    addresses in the order they were tried; `error` is the last OSError, if there was one.

    A server that is not trusted is told nothing: `unknown_server` (nobody vouches for it; `fingerprint` is
    what it shows, to be asked about and put into `Trust`), `certificate_changed` (it is known by another
    one), `certificate_expired`, `certificate_other` (of another host), `certificate_wrong`, `not_encrypted`.
    """

    def __init__(
        self,
        reason: str,
        host: str,
        port: int,
        tried: tuple[str, ...] = (),
        error: OSError | None = None,
        fingerprint: str = "",
    ) -> None:
        super().__init__(reason)
        self.host = host
        self.port = port
        self.tried = tried
        self.error = error
        self.fingerprint = fingerprint

    def __str__(self) -> str:
        tried = f" (tried {', '.join(self.tried)})" if self.tried else ""
        return f"{self.reason}: {self.host}:{self.port}{tried}"


class OutboxFull(ChatError):
    """So much waits for its acknowledgement that nothing more may be said."""

    def __init__(self) -> None:
        super().__init__("the outbox is full")
