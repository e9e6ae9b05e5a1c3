"""Nodes that share a history, on real nats-servers."""
