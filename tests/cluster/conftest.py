"""What every test of many machines gets."""

from tests.cluster.communities import start_node
from tests.cluster.natses import nats, start_nats

__all__ = ["nats", "start_nats", "start_node"]
