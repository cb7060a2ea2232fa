"""What boards and the shop's daemon say to each other: golden bytes, every changed bit, every field outside its range."""

import hashlib

from cardos.cbor import decode, encode
from cardos.errors import BadInput
from cardos.records import board_sync as sync
from cardos.records.journal_line import LINE_MAX

SCHEME, TERMINAL, SERIAL = 0x5354, 7, 70001
NONCE = b"noncenon"
STATE = sync.State(3, 0, 2, 1, 85560, True, 120, 1, 0)
CHAIN = b"chain---" * 4
SIGNATURE = b"sign" * 16
LINES = [b"\x83\x01\x02\x03", b"\x82\x04\x05"]
ZONES = [[0, 120], [120000, 180]]
OFFERS = {"pack": [4, 900, b"sha-256-" * 4], "release": [2, 70000, b"digest--" * 4]}


def mac(message):
    """A stand-in for AES-CMAC under the link key: not every interpreter of these tests has AES."""
    return hashlib.sha256(b"link key" + message).digest()[:16]


def request(kind, more=(), state=STATE, scheme=SCHEME, terminal=TERMINAL, serial=SERIAL, nonce=NONCE):
    return sync.pack_request(mac, kind, scheme, terminal, serial, nonce, state, more)


def batch():
    return request(sync.BATCH, (40, CHAIN, SIGNATURE, LINES))


def answered(kind=sync.POLL, status=sync.OK, stored=42, second=5133600, more=(ZONES, OFFERS, b"certificate")):
    """(digest of the request, the answer's message)"""
    asked = {sync.POLL: request(sync.POLL), sync.BATCH: batch(), sync.FETCH: request(sync.FETCH, ("pack", 4, 0))}[kind]
    return asked[1], sync.pack_answer(mac, sync.open_request(mac, asked[0]), status, stored, second, more)


def open_answer(digest, data, kind=sync.POLL, terminal=TERMINAL, nonce=NONCE):
    return sync.open_answer(mac, digest, kind, terminal, nonce, data)


def code_of(work, *given):
    try:
        work(*given)
    except BadInput as trouble:
        return trouble.code
    raise AssertionError("it was taken")


def sealed(label, body):
    return encode([body, mac(label + body)])


def test_golden_bytes():
    """Change these only with VERSION: boards in shops speak them."""
    signed = sync.batch_message(SCHEME, TERMINAL, SERIAL, 40, CHAIN, 42, CHAIN)
    assert signed.hex() == b"stampd/board-batch/1".hex() + "5354" + "0007" + "00011171" + "00000028" + CHAIN.hex() + "0000002a" + CHAIN.hex()
    poll = "87010219535407" + "1a00011171" + "48" + NONCE.hex() + "89" + "030002011a00014e38f5" + "18780100"
    message, digest = request(sync.POLL)
    body = decode(message)[0]
    assert body.hex() == poll and digest == hashlib.sha256(body).digest()
    assert message == b"\x82\x58" + bytes([len(body)]) + body + b"\x50" + mac(b"stampd/board-request/1" + body)
    digest, message = answered(more=([[0, 120]], {}, None))
    body = decode(message)[0]
    assert body.hex() == "8a01020748" + NONCE.hex() + "00182a1a004e5520" + "8182001878" + "a0" + "f6"
    assert decode(message)[1] == mac(b"stampd/board-answer/1" + digest + body)


def test_what_was_asked_comes_out():
    message, digest = batch()
    found = sync.open_request(mac, message)
    assert found.kind == sync.BATCH and found.state == STATE and found.digest == digest and found.nonce == NONCE
    assert (found.scheme, found.terminal, found.serial) == (SCHEME, TERMINAL, SERIAL) == sync.claimed(message)
    assert (found.lines_before, found.chain_before, found.signature, found.lines) == (40, CHAIN, SIGNATURE, LINES)
    assert sync.open_request(mac, request(sync.POLL)[0]).lines is None
    found = sync.open_request(mac, request(sync.FETCH, ("release", 2, 4096))[0])
    assert (found.what, found.number, found.offset) == ("release", 2, 4096)


def test_what_was_answered_comes_out():
    digest, message = answered()
    found = open_answer(digest, message)
    assert (found.status, found.stored, found.second, found.zones, found.offers) == (sync.OK, 42, 5133600, ZONES, OFFERS)
    assert found.certificate == b"certificate" and found.data is None
    digest, message = answered(sync.FETCH, more=("pack", 4, 0, b"bytes"))
    found = open_answer(digest, message, sync.FETCH)
    assert (found.what, found.number, found.offset, found.data) == ("pack", 4, 0, b"bytes") and found.zones is None


def test_every_changed_bit_is_refused():
    digest, answer = answered()
    for message, opened in ((batch()[0], lambda data: sync.open_request(mac, data)), (answer, lambda data: open_answer(digest, data))):
        opened(message)
        for place in range(8 * len(message)):
            changed = bytearray(message)
            changed[place >> 3] ^= 1 << (place & 7)
            assert code_of(opened, bytes(changed)) in ("BOARD_MAC", "BOARD_MESSAGE"), place
        for size in range(0, len(message), 7):
            assert code_of(opened, message[:size]) == "BOARD_MESSAGE"
        assert code_of(opened, message + b"\0") == "BOARD_MESSAGE"


def test_an_answer_fits_one_request_only():
    digest, message = answered()
    assert code_of(open_answer, batch()[1], message) == "BOARD_MAC"
    assert code_of(open_answer, digest, message, sync.BATCH) == "BOARD_MESSAGE"
    assert code_of(open_answer, digest, message, sync.POLL, 8) == "BOARD_MESSAGE"
    assert code_of(open_answer, digest, message, sync.POLL, TERMINAL, b"another.") == "BOARD_MESSAGE"
    assert code_of(open_answer, digest, batch()[0]) == "BOARD_MAC", "a request sent back is no answer"
    assert code_of(sync.open_request, mac, message) == "BOARD_MAC"


def outside(most):
    return (-1, most + 1, 1 << 40, None, True, False, "7", b"7", [7], {})


U16, U32 = outside(0xFFFF), outside(0xFFFFFFFF)


def test_every_field_of_a_request_outside_its_range_is_refused():
    good = {
        sync.BATCH: decode(decode(batch()[0])[0]), sync.POLL: decode(decode(request(sync.POLL)[0])[0]),
        sync.FETCH: decode(decode(request(sync.FETCH, ("pack", 4, 0))[0])[0]),
    }  # fmt: skip
    short = (b"", bytes(7), bytes(33), 7, None, "x" * 32)
    wrong = {0: outside(1) + (0, 2), 1: outside(3) + (0,), 2: U16, 3: U16, 4: U32, 5: short + (bytes(9),), 6: ([], None, 7, list(STATE)[:8], list(STATE) + [0])}
    of_kind = {
        sync.BATCH: {7: U32, 8: short, 9: short + (bytes(63), bytes(65)), 10: ([], None, [7], [b""], ["x"], [b"x", bytes(LINE_MAX + 1)], b"x", {})},
        sync.POLL: {}, sync.FETCH: {7: (1, None, b"pack", "x" * 17), 8: U32, 9: U32},
    }  # fmt: skip
    for kind in good:
        cases = [(at, value) for table in (wrong, of_kind[kind]) for at in table for value in table[at]]
        for at in range(len(STATE)):
            for value in U32 if at != 5 else (0, 1, None, "true"):
                state = list(STATE)
                state[at] = value
                cases.append((6, state))
        for at, value in cases:
            fields = list(good[kind])
            fields[at] = value
            code = code_of(sync.open_request, mac, sealed(sync.REQUEST_LABEL, encode(fields)))
            assert code == ("BOARD_VERSION" if at == 0 else "BOARD_MESSAGE"), (kind, at, value)
        for fields in (good[kind][:-1], good[kind] + [0]):
            assert code_of(sync.open_request, mac, sealed(sync.REQUEST_LABEL, encode(fields))) == "BOARD_MESSAGE", kind
    for body in (b"", b"\xff", encode({}), encode([]), encode(7), encode("text")):
        assert code_of(sync.open_request, mac, sealed(sync.REQUEST_LABEL, body)) == "BOARD_MESSAGE"


def test_every_field_of_an_answer_outside_its_range_is_refused():
    sha = bytes(32)
    wrong = {0: outside(1) + (0, 2), 1: outside(3) + (0,), 2: outside(0xFFFF), 3: (b"", bytes(8), None), 4: outside(3), 5: U32, 6: U32}
    of_kind = {
        sync.POLL: {
            7: (None, {}, [7], [[0]], [[-1, 0]], [[0, 1441]], [[0, -1441]], [[0, None]], [[0, True]], [[5, 0], [5, 0]], [[5, 0], [4, 0]],
                [[n, 0] for n in range(9)]),
            8: (None, [], {1: [1, 1, sha]}, {"x" * 17: [1, 1, sha]}, {"pack": [1, 1]}, {"pack": [1, 1, bytes(31)]}, {"pack": [-1, 1, sha]},
                {"pack": [1, None, sha]}, {"pack": 7}, {str(n): [1, 1, sha] for n in range(9)}),
            9: (7, "x", [], True, bytes(sync.CERTIFICATE_BYTES_MAX + 1)),
        },
        sync.FETCH: {7: (1, None, "x" * 17), 8: U32, 9: U32, 10: (None, "x", [], bytes(sync.CHUNK_SIZE + 1))},
    }  # fmt: skip
    for kind, more in ((sync.POLL, (ZONES, OFFERS, None)), (sync.FETCH, ("pack", 4, 0, b"bytes"))):
        digest, message = answered(kind, more=more)
        good = decode(decode(message)[0])
        cases = [(at, value) for table in (wrong, of_kind[kind]) for at in table for value in table[at]]
        for at, value in cases:
            fields = list(good)
            fields[at] = value
            code = code_of(open_answer, digest, sealed(sync.ANSWER_LABEL + digest, encode(fields)), kind)
            assert code == ("BOARD_VERSION" if at == 0 else "BOARD_MESSAGE"), (kind, at, value)


def test_messages_are_bounded():
    most = [bytes(LINE_MAX)] * 5
    assert len(request(sync.BATCH, (0, CHAIN, SIGNATURE, most))[0]) < sync.MESSAGE_MAX
    assert code_of(request, sync.BATCH, (0, CHAIN, SIGNATURE, most + most)) == "BOARD_MESSAGE"
    assert code_of(sync.open_request, mac, bytes(sync.MESSAGE_MAX + 1)) == "BOARD_MESSAGE"


def test_whose_key_is_asked_for_takes_any_bytes():
    for data in (b"", b"\xff", encode(7), encode([]), encode([b"", b""]), encode([encode([1, 2, 3]), b""]), encode(["text", b""]),
                 encode([7, b""]), encode({}), encode([encode({2: 1, 3: 1, 4: 1}), b""]), encode([encode("text..."), b""]),
                 encode([encode([1, 2, 0x10000, 1, 1]), b""]), encode([encode([1, 2, 1, 1, -1]), b""]), encode([encode([1, 2, True, 1, 1]), b""])):  # fmt: skip
        assert code_of(sync.claimed, data) == "BOARD_MESSAGE", data
    assert sync.claimed(encode([encode([9, 9, 1, 2, 3]), b"no mac"])) == (1, 2, 3), "unproven: the MAC is looked at under that board's key"
