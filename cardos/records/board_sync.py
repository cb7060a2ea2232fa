"""What a board and its shop's daemon say to each other, byte for byte: the board asks, the daemon answers once.

    message    CBOR [body, MAC (16)]                                              one request or one answer, at most MESSAGE_MAX bytes
    request    CBOR [1, kind, scheme, terminal, serial, nonce (8), state, …]      kind 1 batch, 2 poll, 3 fetch
      batch      … lines before, chain before (32), signature (64), [line, …]
      fetch      … what, number, offset
    answer     CBOR [1, kind, terminal, nonce, status, stored up to, second, …]   kind as asked
      batch, poll   … [[minute, minutes east], …], {what: [number, bytes, SHA-256]}, certificate or null
      fetch         … what, number, offset, bytes; status refused and no bytes when there is none of that number (any more)

The MAC is AES-CMAC under the board's link key: over REQUEST_LABEL || body, and for an answer over ANSWER_LABEL || SHA-256 of the
request's body || its own body, so that an answer fits one request only. The signature (Ed25519, the board's own key) is over
`batch_message`: the chain commits to each line, so one signature is good for a batch however often it is sent.

On a stream a message is preceded by its length (u32). Over HTTP it is the body of a POST, and of the answer. What a message
holds is proven by `open_message` before it is looked at. A lost answer costs nothing: the board asks again, and lines that the
daemon has are only compared. A batch that begins after a gap (a board whose flash was damaged) is a case for the daemon, and is
taken: else that board would never get on.
"""

import hashlib
from collections import namedtuple

from cardos.bytes import uint
from cardos.cbor import decode, encode
from cardos.crypto.compare import constant_time_equal
from cardos.errors import BadInput
from cardos.records.journal_line import LINE_MAX

VERSION = 1
BATCH, POLL, FETCH = 1, 2, 3
OK, REVOKED, CLONED, REFUSED = 0, 1, 2, 3  # status of an answer
STATUSES = ("ok", "revoked", "cloned", "refused")

PACK, STOP_LIST, SETTINGS, RELEASE = "pack", "list", "settings", "release"  # what a board fetches; the words are in the messages

MESSAGE_MAX = 12 * 1024  # bytes; a board holds one request and one answer at once
BATCH_BYTES_MAX = 4 * 1024  # of lines in a batch; the longest line has 2000
CHUNK_SIZE = 2048  # bytes of a fetched thing in one answer
NONCE_SIZE = 8
MAC_SIZE = 16
LENGTH_SIZE = 4  # of the length before a message on a stream
ZONES_MAX = 8  # changes of local time in an answer: four years
OFFERS_MAX = 8
CERTIFICATE_BYTES_MAX = 1024

REQUEST_LABEL = b"stampd/board-request/1"
ANSWER_LABEL = b"stampd/board-answer/1"
_BATCH_LABEL = b"stampd/board-batch/1"
_DIGEST_SIZE = 32
_SIGNATURE_SIZE = 64
_WHAT_MAX = 16  # characters
_EAST_MAX = 24 * 60
_STATE = ("pack", "list", "settings", "release", "minute", "sure", "free", "open", "troubles")

# What a board says of itself with each request. pack, list, settings, release: their numbers here, 0 for none. minute: its
# clock's; sure: whether it knows the date. free: segments left in its journal. open: intents without an outcome. troubles: how many
# places of its journal did not fit.
State = namedtuple("State", _STATE)

# A proven request. lines_before, chain_before, signature, lines: of a batch. what, number, offset: of a fetch. The rest None.
Request = namedtuple(
    "Request",
    ["kind", "scheme", "terminal", "serial", "nonce", "state", "lines_before", "chain_before", "signature", "lines", "what", "number", "offset", "digest"],
)

# A proven answer. stored: the daemon holds every line up to it. second: now, since 2026-01-01 UTC. zones, offers, certificate: of a
# batch or poll. what, number, offset, data: of a fetch.
Answer = namedtuple("Answer", ["kind", "status", "stored", "second", "zones", "offers", "certificate", "what", "number", "offset", "data"])


def batch_message(scheme, terminal, serial, lines_before, chain_before, lines_after, chain_after):
    """The bytes under a batch's signature."""
    return (
        _BATCH_LABEL + uint(scheme, 2) + uint(terminal, 2) + uint(serial, 4)
        + uint(lines_before, 4) + chain_before + uint(lines_after, 4) + chain_after
    )  # fmt: skip


def _sealed(mac, label, body):
    message = encode([body, mac(label + body)])
    if len(message) > MESSAGE_MAX:
        raise _bad("It has %d bytes; at most %d are read." % (len(message), MESSAGE_MAX))
    return message


def _opened(mac, label, data):
    """The body whose MAC fits. BadInput BOARD_MESSAGE, BOARD_MAC."""
    try:
        parts = decode(data, bytes_max=MESSAGE_MAX)
    except BadInput as trouble:  # said as what it means here
        raise _bad(trouble.message)
    if not isinstance(parts, list) or len(parts) != 2 or not isinstance(parts[0], bytes) or not isinstance(parts[1], bytes):
        raise _bad("It has not the two parts of a message.")
    if not constant_time_equal(mac(label + parts[0]), parts[1]):
        raise BadInput("A message between board and shop does not carry the right MAC.", "Provision the board again if this stays so.", "BOARD_MAC")
    return parts[0]


def pack_request(mac, kind, scheme, terminal, serial, nonce, state, more=()):
    """(message, digest) of a request. mac: bytes -> 16 bytes with the board's link key. more: what its kind adds. digest: for
    `open_answer`. BadInput (BOARD_MESSAGE) when it is longer than MESSAGE_MAX."""
    body = encode([VERSION, kind, scheme, terminal, serial, nonce, list(state)] + list(more))
    return _sealed(mac, REQUEST_LABEL, body), hashlib.sha256(body).digest()


def claimed(data):
    """(scheme, terminal, serial) that a request says it is of, unproven: which key `open_request` takes. BadInput (BOARD_MESSAGE)."""
    try:
        parts = decode(data, bytes_max=MESSAGE_MAX)
        fields = decode(parts[0], bytes_max=MESSAGE_MAX)
        found = fields[2], fields[3], fields[4]
    except (BadInput, TypeError, IndexError, KeyError, AttributeError) as trouble:
        raise _bad("It does not say which board sent it (%s)." % type(trouble).__name__)
    if not isinstance(fields, list) or not _is_board(fields):
        raise _bad("It does not say which board sent it.")
    return found


def open_request(mac, data):
    """The `Request` in a message. BadInput: BOARD_MESSAGE, BOARD_MAC, BOARD_VERSION."""
    body = _opened(mac, REQUEST_LABEL, data)
    fields = _fields(body)
    if not _is_version(fields[0]):
        raise BadInput("This board speaks version %r of the sync." % (fields[0],), "Update stampd on the shop's machine or on the board.", "BOARD_VERSION")
    if len(fields) < 7 or not _is_number(fields[1]) or not _is_board(fields) or not _is_bytes(fields[5], NONCE_SIZE) or not _is_state(fields[6]):
        raise _bad("Its head is not that of a request.")
    kind, more = fields[1], fields[7:]
    head = (kind, fields[2], fields[3], fields[4], fields[5], State(*fields[6]))
    digest = hashlib.sha256(body).digest()
    if kind == BATCH and len(more) == 4 and _is_batch(more):
        return Request(*(head + (more[0], more[1], more[2], more[3], None, None, None, digest)))
    if kind == POLL and not more:
        return Request(*(head + (None, None, None, None, None, None, None, digest)))
    if kind == FETCH and len(more) == 3 and _is_place(more):
        return Request(*(head + (None, None, None, None, more[0], more[1], more[2], digest)))
    raise _bad("It is no request of a known kind.")


def pack_answer(mac, request, status, stored, second, more):
    """The message that answers `request`. more: (zones, offers, certificate), or (what, number, offset, data) of a fetch."""
    body = encode([VERSION, request.kind, request.terminal, request.nonce, status, stored, second] + list(more))
    return _sealed(mac, ANSWER_LABEL + request.digest, body)


def open_answer(mac, digest, kind, terminal, nonce, data):
    """The `Answer` in a message to the request with this digest. BadInput: BOARD_MESSAGE, BOARD_MAC, BOARD_VERSION."""
    fields = _fields(_opened(mac, ANSWER_LABEL + digest, data))
    if not _is_version(fields[0]):
        raise BadInput("The shop speaks version %r of the sync." % (fields[0],), "Update the board: stampd board update.", "BOARD_VERSION")
    if len(fields) < 7 or not _is_number(fields[1]) or fields[1] != kind or fields[2] != terminal or fields[3] != nonce:
        raise _bad("It answers another request.")
    status, stored, second, more = fields[4], fields[5], fields[6], fields[7:]
    if not _is_number(status, len(STATUSES) - 1) or not _is_number(stored) or not _is_number(second):
        raise _bad("Its head is not that of an answer.")
    if kind == FETCH and len(more) == 4 and _is_place(more) and isinstance(more[3], bytes) and len(more[3]) <= CHUNK_SIZE:
        return Answer(kind, status, stored, second, None, None, None, more[0], more[1], more[2], more[3])
    if kind in (BATCH, POLL) and len(more) == 3 and _are_zones(more[0]) and _are_offers(more[1]) and _is_certificate(more[2]):
        return Answer(kind, status, stored, second, more[0], more[1], more[2], None, None, None, None)
    raise _bad("It is no answer of a known kind.")


def _fields(body):
    try:
        fields = decode(body, bytes_max=MESSAGE_MAX)
    except BadInput as trouble:  # the key is right, the program that wrote it is not
        raise _bad(trouble.message)
    if not isinstance(fields, list) or not fields:
        raise _bad("Its inside is no list.")
    return fields


def _is_number(value, most=0xFFFFFFFF):
    return isinstance(value, int) and value is not True and value is not False and 0 <= value <= most


def _is_bytes(value, size):
    return isinstance(value, bytes) and len(value) == size


def _is_version(value):
    return _is_number(value) and value == VERSION


def _is_board(fields):
    """Scheme, terminal and serial of a request."""
    return _is_number(fields[2], 0xFFFF) and _is_number(fields[3], 0xFFFF) and _is_number(fields[4])


def _is_state(value):
    if not isinstance(value, list) or len(value) != len(_STATE):
        return False
    sure = _STATE.index("sure")
    numbers = all([_is_number(value[place]) for place in range(len(_STATE)) if place != sure])
    return numbers and (value[sure] is True or value[sure] is False)


def _is_batch(more):
    before, chain, signature, lines = more
    if not _is_number(before) or not _is_bytes(chain, _DIGEST_SIZE) or not _is_bytes(signature, _SIGNATURE_SIZE):
        return False
    return isinstance(lines, list) and len(lines) > 0 and all([isinstance(line, bytes) and 0 < len(line) <= LINE_MAX for line in lines])


def _is_place(more):
    return isinstance(more[0], str) and len(more[0]) <= _WHAT_MAX and _is_number(more[1]) and _is_number(more[2])


def _is_certificate(value):
    return value is None or (isinstance(value, bytes) and len(value) <= CERTIFICATE_BYTES_MAX)


def _are_zones(value):
    if not isinstance(value, list) or len(value) > ZONES_MAX:
        return False
    newest = -1
    for zone in value:
        if not isinstance(zone, list) or len(zone) != 2 or not _is_number(zone[0]) or zone[0] <= newest:
            return False
        if not isinstance(zone[1], int) or zone[1] is True or zone[1] is False or not -_EAST_MAX <= zone[1] <= _EAST_MAX:
            return False
        newest = zone[0]
    return True


def _are_offers(value):
    if not isinstance(value, dict) or len(value) > OFFERS_MAX:
        return False
    for what in value:
        about = value[what]
        if not isinstance(what, str) or len(what) > _WHAT_MAX or not isinstance(about, list) or len(about) != 3:
            return False
        if not _is_number(about[0]) or not _is_number(about[1]) or not _is_bytes(about[2], _DIGEST_SIZE):
            return False
    return True


def _bad(why):
    return BadInput("This is no message between a board and its shop: %s" % why, "Update stampd on both sides if this stays so.", "BOARD_MESSAGE")
