"""What one reader product does differently, as rows. A reader is matched by a part of its PC/SC name, first row wins.

carry   how a frame that has no storage-card APDU (FAST_READ, PWD_AUTH, GET_VERSION, READ_SIG) reaches the card:
        pn532        FF 00 00 00 Lc D4 42 <frame>: InCommunicateThru of the PN53x inside (ACR122U API 2.04, section 6)
        bare         FF 00 00 00 Lc <frame>
        transparent  FF C2 00 01 with a TLV 95 (PC/SC part 3 supplement, transparent session)
        none         not at all; READ and WRITE only
        A row may be wrong for a firmware: the first refused frame is remembered and ReaderCannot is raised, nothing else breaks.
signals word -> APDU to the reader itself (lamp, buzzer); it is not a card exchange and is not counted
"""

from collections import namedtuple

PN532, BARE, TRANSPARENT, NONE = "pn532", "bare", "transparent", "none"

# match: lower-case part of the reader's name. answer_max: the longest card answer that fits one direct transmit, bytes.
Profile = namedtuple("Profile", ["match", "carry", "answer_max", "signals", "source"])

_SHORT_APDU_DATA = 256
_PN532_OVERHEAD = 3  # D5 43 and the status byte
_TRANSPARENT_OVERHEAD = 16  # C0, 92, 96 and the head of 97


def _acr122_light(state, on_100ms, off_100ms, times, buzzer):
    """FF 00 40 state 04 t1 t2 n link (ACR122U API 2.04, section 6.2). State: bits 0-1 final red/green, 2-3 their masks, 4-5 blink start, 6-7 blink masks."""
    return bytes([0xFF, 0x00, 0x40, state, 0x04, on_100ms, off_100ms, times, buzzer])


_ACR122_SIGNALS = {
    "done": _acr122_light(0x0E, 1, 1, 1, 1),  # green, one beep
    "reward": _acr122_light(0xAE, 1, 1, 3, 1),  # green blinking, three beeps
    "again": _acr122_light(0x0F, 2, 1, 2, 1),  # both lamps (orange), two longer beeps
    "refused": _acr122_light(0x0D, 5, 1, 1, 1),  # red, one long beep
}

DEFAULT = Profile("", PN532, _SHORT_APDU_DATA - _PN532_OVERHEAD, {}, "the widespread way; the first refusal is remembered")

PROFILES = (
    Profile("acr122", PN532, _SHORT_APDU_DATA - _PN532_OVERHEAD, _ACR122_SIGNALS, "ACR122U API 2.04"),
    Profile("acr1252", TRANSPARENT, _SHORT_APDU_DATA - _TRANSPARENT_OVERHEAD, {}, "ACM1252U-Y3 reference manual 1.03, section 5.4.2; not run on the device"),
    Profile("acr1281", BARE, _SHORT_APDU_DATA, {}, "user reports: answers 63 00 to a WRITE that landed; not run on the device"),
    Profile("omnikey", TRANSPARENT, _SHORT_APDU_DATA - _TRANSPARENT_OVERHEAD, {}, "PC/SC part 3 supplement; not run on the device"),
    Profile("scl3711", NONE, 0, {}, "PC/SC driver passes storage APDUs only; the PN533 inside is reached over USB, not PC/SC"),
    Profile("identiv", TRANSPARENT, _SHORT_APDU_DATA - _TRANSPARENT_OVERHEAD, {}, "PC/SC part 3 supplement; not run on the device"),
    Profile("utrust", TRANSPARENT, _SHORT_APDU_DATA - _TRANSPARENT_OVERHEAD, {}, "as Identiv"),
    Profile("virtual pcd", PN532, _SHORT_APDU_DATA - _PN532_OVERHEAD, {}, "vsmartcard vpcd: passes every APDU byte for byte"),
)


def profile_of(reader_name):
    """The Profile for a PC/SC reader name; DEFAULT when no row fits."""
    lowered = reader_name.lower()
    for profile in PROFILES:
        if profile.match in lowered:
            return profile
    return DEFAULT
