"""What every test of many machines gets."""

from tests.cluster.natses import nats, start_nats
from tests.cluster.communities import start_node

__all__ = ["nats", "start_nats", "start_node"]
