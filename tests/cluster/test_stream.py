"""What a stream's answer about itself is worth."""

import pytest
from nats.js.api import ClusterInfo, PeerInfo

from chat.cluster.stream import SILENT, led


def _copy(active: int | None = 1, *, offline: bool = False) -> PeerInfo:
    return PeerInfo(name="n", current=True, offline=offline, active=active)


@pytest.mark.parametrize(
    ("cluster", "sure"),
    [
        (None, True),
        (ClusterInfo(leader="n1"), True),
        (ClusterInfo(leader="n1", replicas=[_copy(), _copy()]), True),
        (ClusterInfo(leader="n1", replicas=[_copy(), _copy(SILENT)]), True),
        (ClusterInfo(leader="n1", replicas=[_copy(), _copy(offline=True)]), True),
        (ClusterInfo(leader="n1", replicas=[_copy(SILENT), _copy(SILENT)]), False),
        (ClusterInfo(leader="n1", replicas=[_copy(offline=True), _copy(SILENT)]), False),
        (ClusterInfo(leader="n1", replicas=[_copy(SILENT)]), False),
        (ClusterInfo(leader="n1", replicas=[_copy(0), _copy(None)]), False),
        (ClusterInfo(leader="", replicas=[_copy(), _copy()]), False),
    ],
)
def test_who_hears_of_most_copies_leads(cluster: ClusterInfo | None, sure: bool) -> None:
    """A leader whose followers are silent acknowledges nothing, though it goes on to call itself one."""
    assert led(cluster) is sure
