"""MIFARE DESFire EV1, EV2 and EV3: the chip, its applications and keys; files and transactions are in `desfire_files`.

EV1 is spoken to in the EV1 channel with AES, EV2 and EV3 in the EV2 channel. Legacy authentication (0A) is never sent; triple DES (1A) opens
a session that only looks. Sources: MF3ICDx1 short data sheet, MF2DL(H)x0, AN12343; libfreefare and proxmark3 where they agree.
"""

from cardos.bytes import Cursor, uint
from cardos.errors import CardRefused, RangeError
from cardos.families import commands as rows
from cardos.families import ev1_channel, ev2_channel
from cardos.families.desfire_files import DesfireFiles
from cardos.families.file_settings import read_key_settings, read_version
from cardos.families.ntag424 import change_key
from cardos.families.picc import RANKS
from cardos.families.status import COMMAND_ABORTED, MORE, SIGNATURE_OK, refused, wrong_length
from cardos.families.wrapped import one

PICC_LEVEL = b"\x00\x00\x00"
_KEY_NUMBER = 0x3F  # the two high bits of a key number say its type


class Desfire(DesfireFiles):
    """One presented DESFire. generation: 1, 2 or 3, as `identify` found it. minimum: the weakest channel allowed; by default the
    generation's own, so that an EV2 card is never opened by an EV1 authentication. See `Picc`."""

    def __init__(self, nonces, generation, minimum="", framing=None):
        if generation not in (1, 2, 3):
            raise ValueError("DESFire has generations 1 to 3")
        super().__init__(nonces, generation, ("ev1" if generation == 1 else "ev2") if minimum == "" else minimum, framing)

    # --- selection and authentication ---

    def select(self, aid):
        """SelectApplication, 3 bytes as they go on the line (000000 is the chip itself); any session and transaction ends."""
        if len(aid) != 3:
            raise RangeError("An application identifier has 3 bytes.")
        self.forget()
        try:
            yield from self.command(rows.SELECT_APPLICATION, aid)
        except CardRefused as error:
            if error.status != COMMAND_ABORTED:  # `first_version` left a command open
                raise
            yield from self.command(rows.SELECT_APPLICATION, aid)

    def authenticate(self, number, key):
        """AuthenticateAES on EV1, AuthenticateEV2First on EV2 and EV3, with a 16-byte key. Refusals as `Ntag424.authenticate`."""
        if self.generation == 1:
            handshake, rank = ev1_channel.authenticate_aes(self.framing, self.nonces, number, key), RANKS["ev1"]
        else:
            handshake, rank = ev2_channel.authenticate_first(self.framing, self.nonces, number, key), RANKS["ev2"]
        yield from self.open_session(handshake, number, rank)

    def authenticate_again(self, number, key):
        """AuthenticateEV2NonFirst in a session of EV2 or EV3; on EV1 a new authentication."""
        if self.generation == 1:
            yield from self.authenticate(number, key)
            return
        if self.session is None or self.session.name != "ev2":
            raise CardRefused("There is no session to go on with.", "", "NOT_AUTHENTICATED")
        handshake = ev2_channel.authenticate_non_first(self.framing, self.nonces, number, key, self.session.ti, self.session.counter)
        yield from self.open_session(handshake, number, self.session.rank)

    def authenticate_to_look(self, number, key):
        """AuthenticateISO with a DES or triple DES key: a session in which nothing can be changed. PCs only.

        The `minimum` of the card must allow it: None, for a card that is not ours.
        """
        handshake = ev1_channel.authenticate_iso(self.framing, self.nonces, number, key)
        yield from self.open_session(handshake, number, 0)

    # --- the chip ---

    def first_version(self):
        """The 7 hardware bytes of GetVersion in one exchange; the rest is not asked for. Before any authentication."""
        self.forget()
        status, hardware = yield from one(self.framing, rows.GET_VERSION, rows.GET_VERSION.code, b"")
        if status != MORE:
            raise refused(rows.GET_VERSION.name, status)
        if len(hardware) != 7:
            raise wrong_length(rows.GET_VERSION.name, len(hardware), 7)
        return hardware

    def version(self):
        """GetVersion: `Version` (three exchanges)."""
        return read_version((yield from self.command(rows.GET_VERSION, size=28)))

    def card_uid(self):
        """GetCardUID: the 7-byte UID, enciphered on the air; under any key."""
        return (yield from self.command(rows.GET_CARD_UID, size=7))

    def signature(self):
        """Read_Sig (EV2, EV3, late EV1): the 56-byte originality signature."""
        return (yield from self.command(rows.READ_SIG, b"\x00", size=56, done=SIGNATURE_OK))

    def free_memory(self):
        """FreeMemory: bytes that are not given to a file or application yet."""
        return int.from_bytes((yield from self.command(rows.FREE_MEMORY, size=3)), "little")

    def set_configuration(self, option, data):
        """SetConfiguration, under the chip's master key. Most options have no way back."""
        yield from self.command(rows.SET_CONFIGURATION, uint(option, 1), data)

    def format_picc(self):
        """FormatPICC: every application is gone. Under the chip's master key."""
        yield from self.command(rows.FORMAT_PICC)
        self.forget()  # unsure on silicon whether a session outlives it

    # --- applications ---

    def applications(self):
        """GetApplicationIDs: a list of 3-byte identifiers as they go on the line."""
        cursor = Cursor((yield from self.command(rows.GET_APPLICATION_IDS, size=None)))
        found = []
        while cursor.left:
            found.append(cursor.take(3))
        return found

    def create_application(self, aid, settings, keys, more=b""):
        """CreateApplication. settings: key settings 1; keys: key settings 2, number of keys or'ed with KEYS_AES. more: what follows
        them where keys says so (key settings 3 and key sets, ISO file identifier, DF name)."""
        if len(aid) != 3 or aid == PICC_LEVEL:
            raise RangeError("An application identifier has 3 bytes that are not all zero.")
        yield from self.command(rows.CREATE_APPLICATION, aid + uint(settings, 1) + uint(keys, 1) + more)

    def delete_application(self, aid):
        """DeleteApplication."""
        yield from self.command(rows.DELETE_APPLICATION, aid)

    # --- keys ---

    def key_version(self, number):
        """GetKeyVersion: a number 0..255."""
        return (yield from self.command(rows.GET_KEY_VERSION, uint(number, 1), size=1))[0]

    def key_settings(self):
        """GetKeySettings of the selected application: `KeySettings`."""
        return read_key_settings((yield from self.command(rows.GET_KEY_SETTINGS, size=None)))

    def change_key_settings(self, settings):
        """ChangeKeySettings to the byte of `key_settings_byte`. Freezing it before all keys are proven makes a brick."""
        yield from self.command(rows.CHANGE_KEY_SETTINGS, b"", uint(settings, 1))

    def change_key(self, number, new, version, old=None):
        """ChangeKey with AES keys, both forms; see `Ntag424.change_key`. At chip level 80h is or'ed to the number: the key becomes AES."""
        in_use = number & _KEY_NUMBER == self.authenticated
        yield from change_key(self, rows.CHANGE_KEY, uint(number, 1), in_use, new, version, old)

    # --- key sets (EV2, EV3): commands, not used by taps ---

    def change_key_in_set(self, key_set, number, new, version, old):
        """ChangeKeyEV2: a key of a key set that is not active yet (set 0 is the active one)."""
        in_use = key_set == 0 and number == self.authenticated
        yield from change_key(self, rows.CHANGE_KEY_EV2, uint(key_set, 1) + uint(number, 1), in_use, new, version, old)

    def initialize_key_set(self, key_set, key_type=0x02):
        """InitializeKeySet: an empty set of keys of a type (02 AES)."""
        yield from self.command(rows.INITIALIZE_KEY_SET, uint(key_set, 1) + uint(key_type, 1))

    def finalize_key_set(self, key_set, version):
        """FinalizeKeySet: its keys are complete."""
        yield from self.command(rows.FINALIZE_KEY_SET, uint(key_set, 1) + uint(version, 1))

    def roll_key_set(self, key_set):
        """RollKeySet: this set is the active one from now on; the answer is bare and the session ends."""
        yield from self.command(rows.ROLL_KEY_SET, uint(key_set, 1), bare=True)
