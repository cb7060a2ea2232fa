"""The families of the model: for each its card, and how a tap meets it. Real slots and real taps; only the chip's own language is short.

NTAG21x goes through its real driver. The others stand on model drivers that say as much as the slots' classes ask of them.
"""

from cardos.errors import CardAnswered
from cardos.exchange import exchange
from cardos.families import ntag21x
from cardos.families.type2 import Pages
from cardos.records import backup_record, file_slots
from cardos.records.backup_record import BackupRecord
from cardos.records.counted_slots import CountedSlots
from cardos.records.file_slots import FileSlots
from cardos.records.issuer_block import SIZE as ISSUER_SIZE
from cardos.records.page_slots import PageSlots
from cardos.records.record import RecordMac
from cardos.taps.cards.held import HeldCard
from cardos.taps.cards.meet import meet as meet_really
from tests.simulation import file_card, page_card
from tests.simulation.model_card import ANSWER_LOST, CORRUPT, FITS, HELD, LOST, SHORT, TORN, UNSTABLE
from tests.simulation.page_card import CountedCard, PageCard

PAGE = 4


class Maced:
    """A channel whose answers carry a MAC: one that does not fit ends it."""

    def __init__(self):
        self.alive = True

    def send(self, name, frame, writes=False):
        """Generator: the answer without its MAC. Raises CardAnswered (MAC_WRONG)."""
        if not self.alive:
            raise CardAnswered("The channel is closed.", "", "MAC_WRONG")
        answer = yield exchange(name, frame, 10, writes)
        if answer[-1:] != FITS:
            self.alive = False
            raise CardAnswered("The card's answer does not carry its MAC.", "", "MAC_WRONG")
        return answer[:-1]


class CountedPages:
    """Pages and counter 2 as `CountedSlots` wants them."""

    def __init__(self, channel):
        self._channel = channel

    def read(self, first, last):
        return (yield from self._channel.send("FAST_READ", bytes([page_card.CMD_FAST_READ, first, last])))

    def write(self, page, data):
        yield from self._channel.send("WRITE", bytes([page_card.CMD_WRITE, page]) + data, True)
        return True

    write_surely = write

    def read_counter(self):
        return int.from_bytes((yield from self._channel.send("READ_CNT", bytes([page_card.CMD_COUNTER, 2]))), "big")

    def increment(self):
        yield from self._channel.send("INCR_CNT", bytes([page_card.CMD_INCREMENT, 2]), True)


class Files:
    """File 3 of an NTAG 424 DNA as `FileSlots` wants it; files 1 and 2 of a DESFire as `BackupRecord` wants them."""

    def __init__(self, channel):
        self._channel = channel

    def read(self, offset, length):
        return (yield from self._channel.send("ReadData", bytes([file_card.CMD_READ, offset, length])))

    def write(self, offset, data):
        yield from self._channel.send("WriteData", bytes([file_card.CMD_WRITE, offset]) + data, True)

    def write_past(self, record):
        yield from self._channel.send("WriteRecord", bytes([file_card.CMD_WRITE_PAST]) + record, True)

    def reader_id(self, data):
        yield from self._channel.send("CommitReaderID", bytes([file_card.CMD_READER_ID]) + data, True)

    def commit(self):
        answer = yield from self._channel.send("CommitTransaction", bytes([file_card.CMD_COMMIT, 1]), True)
        return int.from_bytes(answer[:4], "little"), answer[4:]


class ModelHeld(HeldCard):
    """A met model card. look: a function giving a generator of its issuer block; make_slots(counters, record_mac): its slots."""

    layouts = range(8)

    def __init__(self, terms, family, uid, look, make_slots):
        HeldCard.__init__(self, terms, family, uid, None)
        self._look = look
        self._make_slots = make_slots

    def read_issuer(self):
        self.issuer_raw = yield from self._look()
        return self

    def slots_of(self, issuer):
        return self._make_slots(issuer.profile.counters, RecordMac(self.family, self.keys, self.issuer_raw))


def issuer_of(pages):
    """Generator: the issuer block of a page card."""
    return pages.read(ntag21x.PAGE_ISSUER, ntag21x.PAGE_SLOTS - 1)


class Ntag:
    """NTAG213 through its real driver."""

    name, layout, fault_exchanges = "ntag213", 0, 18  # a tap with nothing to settle has 14 exchanges, a settlement goes on behind
    faults = TORN + (LOST, ANSWER_LOST, CORRUPT, SHORT)
    worst = UNSTABLE  # what kills simple protocols

    def make_card(self, rng, pack, counters):
        return PageCard(rng, pack)

    def lay(self, card, issuer_raw, image, trailer):
        """A card as issued."""
        card.put_bytes(0, bytes.fromhex("04a1b29fc3d4e5f6044808f0e110120f"))
        card.put_bytes(ntag21x.PAGE_ISSUER, issuer_raw)
        card.put_bytes(ntag21x.PAGE_SLOTS, image + trailer)

    def counter_of_next(self, card):
        """The one-way counter that the next record's MAC carries."""
        return 0

    def meet(self, uid):
        """What stands in for `meet` in the taps."""
        return meet_really


class UltralightC(Ntag):
    """The same protocol over READ of 4 pages, no FAST_READ."""

    name, layout, fault_exchanges = "ultralight-c", 6, 26

    def meet(self, uid):
        def met(terms, found, change):
            pages = Pages()
            pages.fast = False
            slots = lambda counters, mac: PageSlots(pages, ntag21x.PAGE_SLOTS, counters, mac)
            return (yield from ModelHeld(terms, self.name, uid, lambda: issuer_of(pages), slots).read_issuer())

        return met


class UltralightAes(Ntag):
    """Pages behind MACs, and counter 2."""

    name, layout, fault_exchanges = "ultralight-aes", 7, 24
    faults = TORN + (LOST, ANSWER_LOST, CORRUPT)
    worst = UNSTABLE + (ANSWER_LOST,)

    def make_card(self, rng, pack, counters):
        return CountedCard(rng)

    def counter_of_next(self, card):
        return card.counter + 1

    def lay(self, card, issuer_raw, image, trailer):
        Ntag.lay(self, card, issuer_raw, image, trailer)
        card.counter += 1

    def meet(self, uid):
        def met(terms, found, change):
            channel = Maced()
            yield from channel.send("AUTHENTICATE", bytes([page_card.CMD_AUTHENTICATE]))
            pages = CountedPages(channel)
            slots = lambda counters, mac: CountedSlots(pages, ntag21x.PAGE_SLOTS, counters, mac)
            return (yield from ModelHeld(terms, self.name, uid, lambda: issuer_of(pages), slots).read_issuer())

        return met


class Ntag424:
    """One MACed frame a record."""

    name, layout, fault_exchanges = "ntag424", 1, 6
    faults = worst = (LOST, ANSWER_LOST, CORRUPT)

    def make_card(self, rng, pack, counters):
        return file_card.FileCard(rng, file_slots.image_size(counters))

    def lay(self, card, issuer_raw, image, trailer):
        card.put_bytes(0, issuer_raw + image + trailer)

    def counter_of_next(self, card):
        return 0

    def slots(self, files):
        return lambda counters, mac: FileSlots(files, counters, mac)

    def meet(self, uid):
        def met(terms, found, change):
            channel = Maced()
            yield from self.authenticate(channel)
            files = Files(channel)
            return (yield from ModelHeld(terms, self.name, uid, lambda: files.read(0, ISSUER_SIZE), self.slots(files)).read_issuer())

        return met

    def authenticate(self, channel):
        yield from channel.send("AuthenticateEV2First", bytes([file_card.CMD_AUTHENTICATE]))


class Desfire(Ntag424):
    """One commit a record; commits can be held back."""

    name, layout, fault_exchanges = "desfire-ev2", 2, 9
    faults = (LOST, ANSWER_LOST, CORRUPT, HELD)
    worst = (HELD, ANSWER_LOST)

    def make_card(self, rng, pack, counters):
        return file_card.CommitCard(rng, backup_record.image_size(counters))

    def lay(self, card, issuer_raw, image, trailer):
        card.put_bytes(0, issuer_raw + image)

    def slots(self, files):
        return lambda counters, mac: BackupRecord(files, counters, mac)


FAMILIES = NTAG, ULTRALIGHT_C, ULTRALIGHT_AES, NTAG_424, DESFIRE = Ntag(), UltralightC(), UltralightAes(), Ntag424(), Desfire()
