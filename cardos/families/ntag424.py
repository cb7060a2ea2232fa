"""NTAG 424 DNA: one application with three standard files and five AES keys (data sheet NT4H2421Gx).

File 1 is the capability container, file 2 the NDEF file (secure dynamic messaging), file 3 holds 128 bytes for us. There is no
commit: one WriteData frame of up to 128 bytes is written whole or not at all, a chained one is not (section 8.2.3). Wrapped frames only.
"""

from cardos.bytes import uint, uint_le
from cardos.errors import CardRefused, RangeError
from cardos.families import commands as rows
from cardos.families import ev2_channel
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.file_settings import read_file_settings, read_version
from cardos.families.picc import RANKS, Picc
from cardos.families.status import SIGNATURE_OK
from cardos.families.wrapped import READ_MS, SELECT_MS, UPDATE_MS, iso, iso_read_binary, iso_select_file, iso_select_name, iso_update_binary

APPLICATION = b"\xd2\x76\x00\x00\x85\x01\x01"  # the NFC Forum's NDEF application: file identifiers E103 to E105 live in it
FILE_CC, FILE_NDEF, FILE_DATA = 1, 2, 3
FID_CC, FID_NDEF, FID_DATA = 0xE103, 0xE104, 0xE105
FILE_SIZES = {FILE_CC: 32, FILE_NDEF: 256, FILE_DATA: 128}

WRITE_MAX = 128  # what one frame writes as a whole
PIECE = 31  # a MACed or enciphered piece of this size fits every reader's 64-byte block: never chained
_READ_MAX = {PLAIN: 256, MAC: 248, FULL: 239}  # what an answer of 256 bytes holds beside MAC and padding

CONFIG_PICC, CONFIG_MESSAGING, CONFIG_CAPABILITY, CONFIG_FAILED = 0x00, 0x04, 0x05, 0x0A  # options of SetConfiguration


def _channel_of(lrp):
    if lrp:
        from cardos.families import lrp_channel  # few cards are switched to it

        return lrp_channel
    return ev2_channel


class Ntag424(Picc):
    """One presented NTAG 424 DNA. minimum: "ev2", or "lrp" for cards that were switched to LRP. See `Picc`."""

    def __init__(self, nonces, minimum="ev2"):
        super().__init__(nonces, minimum)

    # --- selection and authentication ---

    def select(self):
        """Select the application by its name; any session ends."""
        frame = iso_select_name(APPLICATION)
        try:
            yield from self._iso("ISOSelectFile", frame, SELECT_MS)
        except CardRefused as error:
            if error.status != 0x6985:  # a command of several frames is open: `identify` left it at the first
                raise
            yield from self._iso("ISOSelectFile", frame, SELECT_MS)

    def authenticate(self, number, key, lrp=None):
        """AuthenticateEV2First, or LRPFirst. lrp: True, False, or None for what `minimum` says.

        CardRefused: WRONG_KEY, CHANNEL_TOO_WEAK (nothing sent), TOO_MANY_FAILURES (nothing sent), STATUS_AD while the card waits.
        CardAnswered CHANNEL_OTHER when the card is in the other mode.
        """
        if lrp is None:
            lrp = self.minimum == "lrp"
        channel = _channel_of(lrp)
        handshake = channel.authenticate_first(self.framing, self.nonces, number, key)
        yield from self.open_session(handshake, number, RANKS["lrp" if lrp else "ev2"])

    def authenticate_again(self, number, key):
        """AuthenticateEV2NonFirst or LRPNonFirst: another key in the same session, transaction identifier and counter kept."""
        if self.session is None:
            raise CardRefused("There is no session to go on with.", "", "NOT_AUTHENTICATED")
        channel = _channel_of(self.session.name == "lrp")
        handshake = channel.authenticate_non_first(self.framing, self.nonces, number, key, self.session.ti, self.session.counter)
        yield from self.open_session(handshake, number, self.session.rank)

    # --- the chip ---

    def version(self):
        """GetVersion: `Version` (three exchanges)."""
        return read_version((yield from self.command(rows.GET_VERSION, size=(28, 29))))

    def card_uid(self):
        """GetCardUID: the 7-byte UID, enciphered on the air; under any key."""
        return (yield from self.command(rows.GET_CARD_UID, size=7))

    def signature(self):
        """Read_Sig: the 56-byte originality signature."""
        return (yield from self.command(rows.READ_SIG, b"\x00", size=56, done=SIGNATURE_OK))

    def set_configuration(self, option, data):
        """SetConfiguration under key 0. Some options have no way back (random ID, LRP)."""
        yield from self.command(rows.SET_CONFIGURATION, uint(option, 1), data)

    # --- keys ---

    def key_version(self, number):
        """GetKeyVersion: a number 0..255."""
        return (yield from self.command(rows.GET_KEY_VERSION, uint(number, 1), size=1))[0]

    def change_key(self, number, new, version, old=None):
        """ChangeKey under key 0. old: the key that is there now; not needed for the key in use, whose change ends the session.

        A lost answer leaves "old or new": try the new one once, then the old one once.
        """
        yield from change_key(self, rows.CHANGE_KEY, uint(number, 1), number == self.authenticated, new, version, old)

    # --- files ---

    def file_settings(self, file):
        """GetFileSettings: `FileSettings`."""
        return read_file_settings((yield from self.command(rows.GET_FILE_SETTINGS, uint(file, 1), size=None)))

    def change_file_settings(self, file, body):
        """ChangeFileSettings. body: see `file_settings.sdm_body`. Under the change key; outside a session plain, where everybody may."""
        yield from self.command(rows.CHANGE_FILE_SETTINGS, uint(file, 1), body)

    def file_counters(self, file):
        """GetFileCounters: SDMReadCtr, a number below 2^24."""
        answer = yield from self.command(rows.GET_FILE_COUNTERS, uint(file, 1), size=5)
        return int.from_bytes(answer[:3], "little")

    def read(self, file, offset, length, mode):
        """ReadData: `length` bytes (0 = to the end of the file). RangeError when one answer cannot hold them (MAC 248, FULL 239)."""
        if not 0 <= length <= _READ_MAX[mode]:
            raise RangeError("One answer of the card does not hold %r bytes." % (length,))
        header = uint(file, 1) + uint_le(offset, 3) + uint_le(length, 3)
        return (yield from self.command(rows.READ_DATA_ISO, header, mode=mode, size=length or None, whole=True))

    def write(self, file, offset, data, mode):
        """WriteData as one frame, written whole or not at all. RangeError above 128 bytes."""
        if not 1 <= len(data) <= WRITE_MAX:
            raise RangeError("One frame writes 1 to %d bytes, not %d." % (WRITE_MAX, len(data)))
        header = uint(file, 1) + uint_le(offset, 3) + uint_le(len(data), 3)
        yield from self.command(rows.WRITE_DATA_ISO, header, data, mode, whole=True)

    def write_long(self, file, offset, data, mode, piece=PIECE):
        """WriteData in pieces, each whole or not at all, all of them together not: for links and at issue, never for records."""
        for start in range(0, len(data), piece):
            yield from self.write(file, offset + start, data[start : start + piece], mode)

    # --- ISO commands: plain; the session is given up on this side (unsure on silicon whether it outlives them) ---

    def iso_select(self, fid):
        """ISOSelectFile by file identifier (a number)."""
        yield from self._iso("ISOSelectFile", iso_select_file(fid), SELECT_MS)

    def iso_read(self, offset, length):
        """ISOReadBinary: `length` bytes (1..256) of the selected file."""
        data = yield from self._iso("ISOReadBinary", iso_read_binary(offset, length), READ_MS)
        if len(data) != length:
            raise CardRefused("The file is shorter than %d bytes." % (offset + length), "", "READ_AGAIN")
        return data

    def iso_update(self, offset, data):
        """ISOUpdateBinary of the selected file."""
        if len(data) > WRITE_MAX:
            raise RangeError("One frame writes at most %d bytes." % WRITE_MAX)
        yield from self._iso("ISOUpdateBinary", iso_update_binary(offset, data), UPDATE_MS, True)

    def _iso(self, name, frame, wait_ms, writes=False):
        self.forget()
        return (yield from iso(name, frame, wait_ms, writes))


def change_key(card, row, header, in_use, new, version, old):
    """ChangeKey and ChangeKeyEV2 of a `Picc`: both forms. The key in use is answered by a bare status, and its session ends."""
    if card.session is None:
        raise CardRefused("%s needs a key first." % row.name, "", "NOT_AUTHENTICATED")
    if not in_use and old is None:
        raise ValueError("the key that is there now is needed to change another key than the one in use")
    data, tail = card.session.new_key(new, version, None if in_use else old)
    yield from card.command(row, header, data, bare=in_use, tail=tail)
