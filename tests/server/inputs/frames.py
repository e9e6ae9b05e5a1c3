"""Rows 1 to 26: bytes that are no frames. What is about time or encryption has tests of its own."""

from tests.server.inputs import Bad, lost

_JUNK = b"x" * 59

FRAMES: list[Bad] = [
    *lost(1, "bad_frame", b" " * 64),
    *lost(2, "bad_frame", b"0".ljust(64), b"000".ljust(64)),
    *lost(3, "bad_frame", b"007".ljust(64)),
    *lost(4, "bad_frame", b"+5".ljust(64)),
    *lost(5, "bad_frame", b"-5".ljust(64), b"-0".ljust(64)),
    *lost(6, "bad_frame", b"1_000".ljust(64)),
    *lost(7, "bad_frame", b"12".rjust(64), b" 12".ljust(64)),
    *lost(8, "bad_frame", b"12\n".ljust(64), b"12\t".ljust(64), b"12\x0b".ljust(64), b"\x0c12".ljust(64)),
    *lost(8, "bad_frame", b"12\r\n".ljust(64), b"12".ljust(63) + b"\n"),
    *lost(9, "bad_frame", b"12".ljust(64, b"\0"), b"\0" * 64),
    *lost(10, "bad_frame", "١٢".encode().ljust(64)),
    *lost(11, "bad_frame", b"12" + "\u2003".encode() * 20 + b"  ", b"12\xa0".ljust(64), b"\xff" * 64),
    *lost(12, "bad_frame", b"0x10".ljust(64), b"1e3".ljust(64), b"12.0".ljust(64), b"12,".ljust(64)),
    *lost(13, "bad_frame", b"12 34".ljust(64), b"12".ljust(63) + b"3"),
    *lost(14, "frame_too_large", b"9" * 64, b"9" * 63 + b" ", b"1".ljust(20, b"0").ljust(64)),
    *lost(15, "frame_too_large", b"65537".ljust(64)),
    # 20 bytes are announced and 25 come: the rest begins a header
    Bad(20, b"20".ljust(64) + b'{"type":"ping","x":1}xxxx' + _JUNK, ("bad_message", "bad_frame"), False),
    *lost(
        21, "bad_frame", b"GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: something/1.0\r\nA: */*\r\n\r\n"
    ),
    *lost(
        21, "bad_frame", b"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    ),
    *lost(22, "bad_frame", bytes.fromhex("16030100f4010000f00303") + bytes(range(64))),
]
