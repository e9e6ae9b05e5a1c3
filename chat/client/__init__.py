"""The client library: a connection that comes back by itself, and what it knows."""
