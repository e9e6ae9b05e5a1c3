"""A short selection of the faults of `make torture`, each once."""

import pytest

from tests.torture.table import CLUSTER, FAULTS, SHORT, Fault, provoke


@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.name in SHORT], ids=lambda fault: fault.name
)
def test_a_fault_has_its_one_outcome(fault: Fault) -> None:
    """What is stated of a fault is what comes of it; where the machine does not allow it, that is said."""
    row = provoke(fault, thorough=False, kills=1)
    assert row.passed is not False, row.remark
    assert row.remark


def test_the_faults_are_all_there() -> None:
    """F1 to F22, F32 to F34, and the heavy inputs, in order, each once, each with a sentence."""
    faults = [f"F{number}" for number in (*range(1, 23), 32, 33, 34)]
    assert [fault.name for fault in FAULTS] == faults + [f"W{row}" for row in (1, 70, 71, 72, 74, 75, 77)]
    assert all(fault.sentence.endswith(".") for fault in FAULTS)


def test_the_faults_of_a_cluster_are_all_there() -> None:
    """F23 to F31, in order, each once, each with a sentence."""
    wanted = ["F23", "F24", "F24b", "F24c", "F24d", "F25", "F26", "F27", "F28", "F29", "F30", "F31"]
    assert [fault.name for fault in CLUSTER] == wanted
    assert all(fault.sentence.endswith(".") for fault in CLUSTER)
