"""`chat-client`'s first step: the program is imported as something that lasts."""

from chat.tui.lasting import lasting


def main() -> int:
    """The console script; returns one of the exit codes of `chat.tui.shell.exits`."""
    try:
        with lasting():
            from chat.tui import cli
    except KeyboardInterrupt:  # a tenth of a second in which nobody is ready to hear it
        return 130
    return cli.main()
