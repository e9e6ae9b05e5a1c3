"""The terminal client: keys, commands and the screen, on top of `chat.client`."""
