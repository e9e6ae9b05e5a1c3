"""`python -m chat.server` is `chat-server`."""

from chat.server.cli import main

if __name__ == "__main__":
    main()
