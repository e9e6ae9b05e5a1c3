"""`chat-client`'s first step: the program is imported as something that lasts."""

from chat.tui.lasting import lasting


def main() -> int:
    """The console script; returns one of the exit codes of `chat.tui.exits`."""
    with lasting():
        from chat.tui import cli

    return cli.main()
