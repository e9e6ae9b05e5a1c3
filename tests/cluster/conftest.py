"""What every test of many machines gets."""

from tests.cluster.communities import start_node
from tests.cluster.natses import nats, start_nats
from tests.cluster.registries import make_on

__all__ = ["make_on", "nats", "start_nats", "start_node"]
