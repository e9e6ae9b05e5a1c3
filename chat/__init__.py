"""A durable chat server and terminal client for your own machines."""
