"""`python -m chat.tui`: the same as `chat-client`."""

import sys

from chat.tui.start import main

if __name__ == "__main__":
    sys.exit(main())
