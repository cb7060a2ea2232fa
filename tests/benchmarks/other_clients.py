"""Our CPU for authenticate, read, write and commit beside other people's clients doing the nearest same work on the same soft card.

    python -m tests.benchmarks.other_clients

One process, no reader: a client's bytes go straight to a soft card, and the time that the card takes is taken off. Blocks of both alternate.
The others are not needed to run or test stampd: STAMPD_OTHER_CLIENTS names a folder into which they were installed
(pip install --target FOLDER python-desfire pylibsdm).

    python-desfire   DESFire EV1 channel with AES: select, authenticate, read, write, commit. It has no commit command, and 0.1.5 sends the
                     last 8 bytes of a CMAC where cards want the first: both commands are sent by its own channel, with the right bytes
    pylibsdm         NTAG 424 DNA: select, EV2 first; it has no read and write, so they go through its own MACed command
"""

import importlib
import os
import statistics
import sys
import time

from cardos.families import desfire, file_settings, ntag424
from cardos.families.commands import MAC
from cardos.soft_cards.registry import new_card
from tests.benchmarks.line import Line, missing

FOLDER_VARIABLE = "STAMPD_OTHER_CLIENTS"
GOAL = 0.5
BLOCKS, TAPS_A_BLOCK, WARM_TAPS = 9, 25, 5
WHAT = "CPU of authenticate, read, write%s over %s on the same soft card"
UID = bytes.fromhex("04A1B2C3D4E5F6")
KEY = bytes(16)
APPLICATION, FILE, DATA = b"stp", 1, bytes(range(40))
RECORD_FILE, SLOT = 3, bytes(range(36))


class Timed:
    """A soft card that counts the CPU it takes itself."""

    def __init__(self, card):
        self._card = card
        self.seconds = 0.0

    def transceive(self, frame):
        started = time.process_time()
        answer = self._card.transceive(frame)
        self.seconds += time.process_time() - started
        return answer


def drive(generator, card):
    """Run a driver's generator on a card; its result."""
    try:
        request = next(generator)
        while True:
            request = generator.send(card.transceive(request.frame))
    except StopIteration as stop:
        return stop.value


def selected(family):
    """A new soft card, on the reader."""
    card = new_card(family, UID)
    card.field_on()
    card.activate()
    return card


# --- DESFire EV1 ---


def desfire_card():
    """An EV1 with our application, its one key, and a backup file of 64 bytes in MAC mode."""
    card = selected("desfire-ev1")
    chip = desfire.Desfire(os.urandom, 1)
    drive(chip.select(desfire.PICC_LEVEL), card)
    drive(chip.create_application(APPLICATION, 0x0F, 1 | file_settings.KEYS_AES), card)
    drive(chip.select(APPLICATION), card)
    drive(chip.authenticate(0, KEY), card)
    drive(chip.create_backup_file(FILE, MAC, file_settings.Access(0, 0, 0, 0), 64), card)
    return card


def our_desfire(card):
    def tap():
        chip = desfire.Desfire(os.urandom, 1)
        drive(chip.select(APPLICATION), card)
        drive(chip.authenticate(0, KEY), card)
        drive(chip.read(FILE, 0, 48, MAC), card)
        drive(chip.write(FILE, 16, DATA, MAC), card)
        drive(chip.commit(), card)

    return tap


def python_desfire(card):
    from desfire import DESFire, DESFireKey
    from desfire.devices.base import Device
    from desfire.enums import DESFireCommunicationMode, DESFireKeyType
    from desfire.schemas import FileSettings, KeySettings

    class SoftDevice(Device):
        def transceive(self, apdu):
            return list(card.transceive(bytes(apdu)))

    settings = KeySettings(application_id=list(APPLICATION), key_type=DESFireKeyType.DF_KEY_AES)
    file = FileSettings(encryption=DESFireCommunicationMode.CMAC, file_size=48)

    def tap():
        client = DESFire(SoftDevice())
        client.select_application(list(APPLICATION))
        client.authenticate(0, DESFireKey(settings, KEY))
        client.read_file_data(FILE, file)
        write = [0x3D, FILE, *(16).to_bytes(3, "little"), *len(DATA).to_bytes(3, "little"), *DATA]
        answer = client._communicate(write + client.session_key.calculate_cmac(write)[:8])
        client._postprocess(answer, DESFireCommunicationMode.CMAC)
        client._transceive([0xC7], DESFireCommunicationMode.PLAIN, DESFireCommunicationMode.CMAC)

    return tap


# --- NTAG 424 DNA ---


def ntag424_card():
    """A 424 whose file 3 is in MAC mode under key 0, all keys as delivered."""
    card = selected("ntag424")
    chip = ntag424.Ntag424(os.urandom)
    drive(chip.select(), card)
    drive(chip.authenticate(0, KEY), card)
    drive(chip.change_file_settings(RECORD_FILE, file_settings.sdm_body(MAC, file_settings.Access(0, 0, 0, 0), None)), card)
    return card


def our_ntag424(card):
    def tap():
        chip = ntag424.Ntag424(os.urandom)
        drive(chip.select(), card)
        drive(chip.authenticate(0, KEY), card)
        drive(chip.read(RECORD_FILE, 0, 88, MAC), card)
        drive(chip.write(RECORD_FILE, 16, SLOT, MAC), card)

    return tap


def pylibsdm(card):
    from pylibsdm.tag.ntag424dna.const import Status
    from pylibsdm.tag.ntag424dna.tag import NTAG424DNA

    class Header:
        """A command that pylibsdm's own table does not have."""

        def __init__(self, code):
            self.value = (0x90, code, 0x00, 0x00)

    class SoftTag:
        def send_apdu(self, cla, ins, p1, p2, data=b"", mrl=0, check_status=True):
            head = bytes([cla, ins, p1, p2])
            return card.transceive(head + (bytes([len(data)]) + bytes(data) if data else b"") + b"\x00")

    read, write, place = Header(0xAD), Header(0x8D), bytes([RECORD_FILE])

    def tap():
        client = NTAG424DNA(SoftTag())
        client.authenticate_ev2_first(0)
        client.send_command_mac(0, read, place + bytes(3) + (88).to_bytes(3, "little"), b"", expected=Status.OK)
        client.send_command_mac(0, write, place + (16).to_bytes(3, "little") + (len(SLOT)).to_bytes(3, "little"), SLOT, expected=Status.OK)

    return tap


PAIRS = (
    ("python-desfire", "desfire", ", commit", desfire_card, our_desfire, python_desfire),
    ("pylibsdm", "pylibsdm", "", ntag424_card, our_ntag424, pylibsdm),
)


def cpu_ms(tap, card, times):
    """CPU of this process for one tap without the card's own, milliseconds."""
    card.seconds, started = 0.0, time.process_time()
    for _ in range(times):
        tap()
    return (time.process_time() - started - card.seconds) * 1000 / times


def compare(make_card, ours, theirs):
    """[(our ms, their ms), ...] a block."""
    card = Timed(make_card())
    ways = (ours(card), theirs(card))
    for way in ways:
        cpu_ms(way, card, WARM_TAPS)
    return [tuple(cpu_ms(way, card, TAPS_A_BLOCK) for way in ways) for _ in range(BLOCKS)]


def lines():
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder and folder not in sys.path:
        sys.path.append(folder)  # at the end: what stampd itself uses stays as it is
    found = []
    for name, module, more, make_card, ours, theirs in PAIRS:
        what = WHAT % (more, name)
        try:
            importlib.import_module(module)
        except ImportError as trouble:
            found.append(missing(what, "needs %s (%s)" % (name, trouble)))
            continue
        blocks = compare(make_card, ours, theirs)
        ratio = statistics.median(mine / other for mine, other in blocks)
        found.append(Line(what, "%.2f" % ratio, "at most %.1f" % GOAL, ratio <= GOAL))
        times = [statistics.median(block[side] for block in blocks) for side in (0, 1)]
        found.append(Line("  milliseconds of CPU", "ours %.2f, %s %.2f" % (times[0], name, times[1]), "", None))
    return found


if __name__ == "__main__":
    for line in lines():
        print(line.text())
