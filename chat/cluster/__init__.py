"""Many machines: one history and one registry that NATS keeps for several nodes."""
