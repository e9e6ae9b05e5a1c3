"""When a silent server is asked, and when it is given up."""

from random import Random

from chat.client.pulse import Pulse, Timings


def pulse() -> Pulse:
    """A connection made at second 100."""
    return Pulse(Timings(), Random(1), 100.0)


def test_a_server_that_never_welcomes_is_given_up() -> None:
    """Bytes alone do not help: within ten seconds there is a welcome or the end."""
    watched = pulse()
    watched.heard(105.0)
    assert not watched.asks(109.9)
    assert watched.gone(109.9) is None
    assert watched.gone(110.0) == "no_welcome"


def test_silence_is_asked_and_then_given_up() -> None:
    """After 10 to 20 s of silence the client asks; 20 s without an answer later the server is gone."""
    watched = pulse()
    watched.welcomed(100.0)
    assert not watched.asks(109.9)
    assert watched.asks(120.0)
    assert not watched.asks(130.0)
    assert watched.gone(139.9) is None
    assert watched.gone(140.0) == "no_answer"


def test_any_byte_is_a_sign_of_life() -> None:
    """Whatever is heard starts the silence anew, also while an answer is awaited."""
    watched = pulse()
    watched.welcomed(100.0)
    watched.heard(115.0)
    assert not watched.asks(124.9)
    assert watched.asks(135.0)
    watched.heard(154.9)
    assert watched.gone(155.0) is None
    assert watched.asks(175.0)


def test_clients_do_not_ask_in_step() -> None:
    """Of many clients welcomed at one moment not all ask at the same one."""
    waits = set()
    for seed in range(20):
        watched = Pulse(Timings(), Random(seed), 100.0)
        watched.welcomed(100.0)
        waits.add(next(second for second in range(100, 121) if watched.asks(second)))
    assert len(waits) > 5


def test_a_frame_once_begun_must_be_whole() -> None:
    """Bytes may drip, but the frame is given up 20 s after it began; a whole one clears that."""
    watched = pulse()
    watched.welcomed(100.0)
    watched.unfinished(101.0)
    watched.heard(119.0)
    assert watched.gone(120.9) is None
    assert watched.gone(121.0) == "frame_timeout"
    watched.unfinished(None)
    assert watched.gone(121.0) is None


def test_nothing_counts_while_nothing_is_read() -> None:
    """When the client itself does not read, the server's silence means nothing."""
    watched = pulse()
    watched.welcomed(100.0)
    watched.unfinished(100.0)
    watched.held()
    assert not watched.asks(10_000.0)
    assert watched.gone(10_000.0) is None
    watched.heard(10_000.0)
    assert watched.asks(10_020.0)


def test_the_next_look_is_in_time() -> None:
    """A look is never later than a deadline that is set, nor than one that may be set meanwhile."""
    watched = pulse()
    assert watched.wait(95.0) == 10.0
    assert watched.wait(103.0) == 7.0
    assert watched.wait(111.0) == 0.0
    watched.welcomed(104.0)
    assert watched.wait(104.0) == 10.0
    assert watched.asks(124.0)
    watched.unfinished(119.0)
    assert watched.wait(137.0) == 2.0
