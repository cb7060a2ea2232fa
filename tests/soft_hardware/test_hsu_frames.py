"""PN532 framing against the frames of the user manual and of nfcpy and libnfc."""

from host_tools.soft_hardware.hsu_frames import ACK, NACK, FrameReader, frame

GET_VERSION = bytes.fromhex("0000ff02fed4022a00")


def events(data, step=None):
    reader = FrameReader()
    found = []
    for at in range(0, len(data), step or len(data)):
        found += reader.feed(data[at : at + (step or len(data))])
    return found


def test_known_frames():
    assert frame(b"\xd4\x02") == GET_VERSION
    assert frame(bytes.fromhex("d50332010607")) == bytes.fromhex("0000ff06fad50332010607e800")
    assert ACK == bytes.fromhex("0000ff00ff00") and NACK == bytes.fromhex("0000ffff0000")


def test_wake_up_is_skipped():
    for before in (b"", bytes(10), b"\x55\x55" + bytes(14), b"\x55" * 16, b"\xff\x00\x55"):
        assert events(before + GET_VERSION) == [("frame", b"\xd4\x02")]


def test_byte_by_byte_gives_the_same():
    stream = bytes(3) + ACK + GET_VERSION + NACK + frame(b"\xd4\x00" + bytes(260)) + ACK
    assert events(stream, 1) == events(stream)
    assert [kind for kind, _ in events(stream)] == ["ack", "frame", "nack", "frame", "ack"]


def test_extended_frame_of_nfcpys_line_test():
    payload = b"\xd4\x00\x00" + bytes(x & 0xFF for x in range(262))
    whole = frame(payload)
    assert whole[:8] == bytes.fromhex("0000ffffff0109f6")
    assert events(whole) == [("frame", payload)]


def test_frames_with_a_wrong_sum_are_dropped_and_the_next_is_read():
    for at in (3, 4, 5, 6, 7):
        broken = bytearray(GET_VERSION)
        broken[at] ^= 0x10
        assert events(bytes(broken) + bytes(8) + GET_VERSION)[-1:] == [("frame", b"\xd4\x02")], at


def test_frames_of_a_chip_are_none_for_a_chip():
    assert events(frame(b"\xd5\x03\x32")) == []


def test_noise_does_not_pile_up():
    reader = FrameReader()
    for _ in range(1000):
        reader.feed(b"\x00\xff\x20\xe0" + bytes(40))
    assert len(reader._unread) <= 600
    assert reader.feed(bytes(80) + GET_VERSION)[-1] == ("frame", b"\xd4\x02")
