"""A durable chat server and terminal client for your own machines."""

__version__ = "0.1.0"
