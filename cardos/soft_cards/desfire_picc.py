"""Commands of the PICC level of DESFire: version, memory, UID, configuration, and the making of applications."""

from cardos.bytes import uint_le
from cardos.soft_cards.desfire_access import (
    FREE_CREATE, FREE_LISTS, PLAIN, is_master, need_master, need_master_unless, need_picc_level, refusal,
)
from cardos.soft_cards.desfire_keys import KIND_MASK, KeySet, kind_of_bits
from cardos.soft_cards.desfire_memory import (
    ATS_BYTES_MAX, FAILURE_RULE, FAILURE_RULE_BYTES, ISO_FILE_IDS, MORE_SETTINGS, PICC_AID, SIZES, Application,
)
from cardos.soft_cards.desfire_numbers import read_le
from cardos.soft_cards.desfire_rows import FULL, Plan
from cardos.soft_cards.desfire_status import (
    APPLICATION_NOT_FOUND, COUNT_ERROR, DUPLICATE, ILLEGAL_COMMAND, LENGTH_ERROR, OUT_OF_MEMORY,
    PARAMETER_ERROR, PERMISSION_DENIED, SIGNATURE_OK, Refusal,
)

# Generation: (hardware, software) of GetVersion: type, subtype, major, minor; the storage byte stands before the last 05.
VERSIONS = {
    1: (b"\x04\x01\x01\x01\x00", b"\x04\x01\x01\x01\x04"),
    2: (b"\x04\x01\x01\x12\x00", b"\x04\x01\x01\x02\x00"),
    3: (b"\x04\x01\x01\x33\x00", b"\x04\x01\x01\x03\x00"),
}
PROTOCOL = b"\x05"

APPLICATIONS_MAX_EV1 = 28
KEYS_MAX = 14
DF_NAME_BYTES_MAX = 16
AIDS_A_FRAME = 19
KEY_SETS_MAX = 16

# Options of SetConfiguration.
CONFIGURATION, DEFAULT_KEY, ATS = 0x00, 0x01, 0x02
OPTION_LAST_EV2 = 0x0F
FORBID_FORMAT, RANDOM_ID = 0x01, 0x02


def no_data(call):
    """Refuses 7E when a command brought something."""
    if call.data:
        raise Refusal(LENGTH_ERROR)


def get_version(card, call):
    """GetVersion: three frames, under one MAC in a session. With random ID the UID in it is zero."""
    no_data(call)
    memory = card.memory
    storage = bytes([SIZES[memory.size][1]])
    hardware, software = VERSIONS[card.generation]
    uid = bytes(len(memory.uid)) if card.shows_random_id else memory.uid
    return [hardware + storage + PROTOCOL, software + storage + PROTOCOL, uid + memory.batch + memory.made]


def free_memory(card, call):
    """FreeMem: 3 bytes."""
    no_data(call)
    return uint_le(card.memory.free(), 3)


def get_card_uid(card, call):
    """GetCardUID: the true UID, for any key."""
    no_data(call)
    return card.memory.uid


def plan_read_signature(card, ins, header):
    if not card.memory.signature and card.generation == 1:
        raise Refusal(ILLEGAL_COMMAND)
    if header != b"\x00":
        raise Refusal(PARAMETER_ERROR)
    plan = Plan(FULL if card.session is not None else PLAIN, None)
    plan.done = SIGNATURE_OK
    return plan


def read_signature(card, call):
    """Read_Sig: 56 bytes, zeros on a soft card that was given none. Its word for done is 90, also under the MAC."""
    no_data(call)
    return card.memory.signature or bytes(56)


def format_picc(card, call):
    """FormatPICC: applications and files go, their memory is free again; the PICC master key and its settings stay."""
    no_data(call)
    need_picc_level(card)
    need_master(card, card.memory.picc)
    if card.memory.format_forbidden:
        raise Refusal(PERMISSION_DENIED)
    memory = card.memory

    def change():
        memory.applications, memory.order, memory.used = {}, [], 0

    card.atom(change)
    card.ends_after_answer = True
    return b""


# --- configuration ---


def plan_set_configuration(card, ins, header):
    need_master(card, card.memory.picc)
    sizes = {CONFIGURATION: 1, DEFAULT_KEY: 25}
    return Plan(FULL, sizes.get(header[0]))


def set_configuration(card, call):
    """SetConfiguration 00 (format, random ID), 01 (default key), 02 (ATS); EV2 and EV3 keep what they are told in 03 to 0F,
    of which 0A (on, limit 2, decrement 2; as on NTAG 424) counts failures a key.

    What activation shows changes with the next power-up (NT4H2421Gx says so for NTAG 424).
    """
    memory, option, data = card.memory, call.header[0], call.data
    if option == CONFIGURATION:
        if len(data) != 1:
            raise Refusal(LENGTH_ERROR)

        def change():  # both are for ever
            memory.format_forbidden = memory.format_forbidden or bool(data[0] & FORBID_FORMAT)
            memory.random_id = memory.random_id or bool(data[0] & RANDOM_ID)
    elif option == DEFAULT_KEY:
        if len(data) != 25:
            raise Refusal(LENGTH_ERROR)

        def change():
            memory.default_key = (data[:24], data[24])
    elif option == ATS:
        if not data or data[0] != len(data) or len(data) > ATS_BYTES_MAX:
            raise Refusal(PARAMETER_ERROR)

        def change():
            memory.ats = data
    elif card.generation > 1 and option <= OPTION_LAST_EV2:
        if option == FAILURE_RULE and (len(data) != FAILURE_RULE_BYTES or data[0] & 1 and not read_le(data[1:3])):
            raise Refusal(PARAMETER_ERROR)

        def change():
            memory.options[option] = data
    else:
        raise Refusal(PARAMETER_ERROR)
    card.atom(change)
    return b""


# --- applications ---


def select_application(card, call):
    """SelectApplication: one AID, two on EV2 and EV3. Whatever session was there is over; the answer is bare."""
    data = call.data
    if len(data) != 3 and not (len(data) == 6 and card.generation > 1):
        raise Refusal(LENGTH_ERROR)
    chosen = [card.application_of(read_le(data[i : i + 3])) for i in range(0, len(data), 3)]
    if None in chosen:
        raise Refusal(APPLICATION_NOT_FOUND)
    if len(chosen) > 1 and (chosen[0] is chosen[1] or PICC_AID in (chosen[0].aid, chosen[1].aid)):
        raise Refusal(PARAMETER_ERROR)
    card.select(chosen[0], chosen[1] if len(chosen) > 1 else None)
    return b""


def get_application_ids(card, call):
    """GetApplicationIDs: 3 bytes each, in the order of their making."""
    no_data(call)
    need_picc_level(card)
    need_master_unless(card, card.memory.picc, FREE_LISTS)
    ids = [uint_le(aid, 3) for aid in card.memory.order]
    frames = [b"".join(ids[i : i + AIDS_A_FRAME]) for i in range(0, len(ids), AIDS_A_FRAME)]
    return frames or b""


def get_df_names(card, call):
    """GetDFNames: AID, ISO file identifier and DF name, one application a frame."""
    no_data(call)
    need_picc_level(card)
    need_master_unless(card, card.memory.picc, FREE_LISTS)
    named = [card.memory.applications[aid] for aid in card.memory.order]
    return [uint_le(one.aid, 3) + uint_le(one.fid or 0, 2) + one.df_name for one in named if one.df_name] or b""


def create_application(card, call):
    """CreateApplication: AID KS1 KS2 [KS3 [set version, sets, key size, roll key]] [ISO FID 2 [DF name 1..16]].

    The four bytes after KS3 (its bit 0) make key sets; recalled from public reader libraries.
    """
    memory, data = card.memory, call.data
    need_picc_level(card)
    need_master_unless(card, memory.picc, FREE_CREATE)
    if len(data) < 5:
        raise Refusal(LENGTH_ERROR)
    aid, second = read_le(data[:3]), data[4]
    more = bool(second & MORE_SETTINGS)
    count = second & 15
    if not 0 < count <= KEYS_MAX or second & KIND_MASK == KIND_MASK or more and card.generation == 1:
        raise Refusal(PARAMETER_ERROR)
    if aid == PICC_AID or aid in memory.applications:
        raise Refusal(DUPLICATE)
    if card.generation == 1 and len(memory.order) >= APPLICATIONS_MAX_EV1:
        raise Refusal(COUNT_ERROR)
    kind, rest = kind_of_bits(second), data[5:]
    application = Application(aid, data[3], [KeySet.blank(kind, count, memory.default_key)])
    application.iso = bool(second & ISO_FILE_IDS)
    if more:
        rest = _key_sets(card, application, rest)
    _iso_names(card, application, rest)
    if application.memory() > memory.free():
        raise Refusal(OUT_OF_MEMORY)

    def change():
        memory.add(application)
        memory.used += application.memory()

    card.atom(change)
    return b""


def _key_sets(card, application, rest):
    if not rest:
        raise Refusal(LENGTH_ERROR)
    third, rest = rest[0], rest[1:]
    if not third & 1:
        return rest
    if len(rest) < 4:
        raise Refusal(LENGTH_ERROR)
    version, sets, size, roll_key = rest[0], rest[1], rest[2], rest[3] & 15
    if not 1 < sets <= KEY_SETS_MAX or size not in (16, 24) or roll_key >= len(application.keys):
        raise Refusal(PARAMETER_ERROR)
    first = application.sets[0]
    first.version = version
    for _ in range(sets - 1):
        application.sets.append(KeySet.blank(first.kind, len(first.keys), card.memory.default_key, None))
    application.key_bytes_max, application.roll_key = size, roll_key
    return rest[4:]


def _iso_names(card, application, rest):
    if not rest:
        return
    if len(rest) < 2 or len(rest) > 2 + DF_NAME_BYTES_MAX:
        raise Refusal(LENGTH_ERROR)
    application.fid, application.df_name = read_le(rest[:2]), rest[2:]
    for other in card.memory.applications.values():
        if other.fid == application.fid or application.df_name and other.df_name == application.df_name:
            raise Refusal(DUPLICATE)


def delete_application(card, call):
    """DeleteApplication: by the PICC master key; by the application's own where creating is free. Its memory stays taken."""
    if len(call.data) != 3:
        raise Refusal(LENGTH_ERROR)
    memory = card.memory
    application = memory.applications.get(read_le(call.data))
    if application is None:
        raise Refusal(APPLICATION_NOT_FOUND)
    itself = is_master(card, application) and memory.picc.allows(FREE_CREATE)
    if not itself and not is_master(card, memory.picc):
        raise refusal()

    def change():
        memory.remove(application.aid)

    card.atom(change)
    if card.application is application:
        card.ends_after_answer = True
    return b""


def create_delegated_application(card, call):
    """CreateDelegatedApplication wants delegated-application keys of the card maker; this model has none and refuses 9D."""
    raise Refusal(PERMISSION_DENIED)
