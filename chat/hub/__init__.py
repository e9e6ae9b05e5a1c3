"""The hub and all around it: sessions, rooms, rights, and what a client may ask."""
