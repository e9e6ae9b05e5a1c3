"""What every test of many machines gets."""

from tests.cluster.natses import nats, start_nats
from tests.cluster.nodes import start_node

__all__ = ["nats", "start_nats", "start_node"]
