"""`chat-check`: shows, from outside, whether a server loses, doubles or reorders what it has acknowledged."""
