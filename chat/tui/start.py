"""`chat-client`'s first step: the program is imported, and set apart from what garbage is looked for in."""

import gc


def main() -> int:
    """The console script; returns one of the exit codes of `chat.tui.exits`."""
    gc.disable()
    from chat.tui import cli

    gc.freeze()
    gc.enable()
    return cli.main()
