"""The bounds of a server: their numbers, who may come and how often, and how often one was reached."""
