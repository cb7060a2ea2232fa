"""The reader's side of ISO/IEC 14443-4 against the soft card's side, and against cards that are late, deaf or mad."""

from cardos.errors import CardAnswered, CardLost, CardRefused
from cardos.exchange import Recall, exchange
from cardos.families import iso_dep, ntag424
from cardos.families.commands import MAC
from cardos.families.file_settings import Access, sdm_body
from cardos.soft_cards.iso_dep_chip import IsoDepChip
from cardos.soft_cards.iso_dep_target import IsoDepTarget
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card

ATS = bytes.fromhex("067577810280")


class EchoChip(IsoDepChip):
    """Answers with the command, `times` times over. commands: what arrived."""

    def __init__(self, times=1):
        super().__init__()
        self.uid = b"\x04\xa1\xb2\xc3\xd4\xe5\xf6"
        self.times = times
        self.commands = []

    def _command(self, frame):
        self.commands.append(frame)
        return frame * self.times


class Air:
    """Blocks between the two sides. lose: numbers of blocks that do not arrive; deafen: of answers that do not; spoil: number -> answer."""

    def __init__(self, times=1, lose=(), deafen=(), spoil=None, chip=None, **options):
        self.chip = chip or EchoChip(times)
        self.target = IsoDepTarget(self.chip, **options)
        self.lose, self.deafen, self.spoil = lose, deafen, spoil or {}
        self.blocks = []
        self.target.field_on()
        assert self.target.activate() is not None
        self.ats = iso_dep.read_ats(self.target.transceive(iso_dep.rats()))
        self.link = iso_dep.IsoDep(self.ats)

    def transceive(self, request):
        number = len(self.blocks)
        self.blocks.append(request)
        answer = None if number in self.lose else self.target.transceive(request.frame)
        if number in self.spoil:
            return bytes.fromhex(self.spoil[number])
        if answer is None or number in self.deafen:
            raise CardLost("silence")
        return answer

    def drive(self, generator):
        reply, trouble = None, None
        while True:
            try:
                request = generator.throw(trouble) if trouble else generator.send(reply)
            except StopIteration as stop:
                return stop.value
            reply, trouble = None, None
            try:
                reply = self.transceive(request)
            except CardLost as error:
                trouble = error

    def say(self, frame):
        return self.drive(self.link.command(exchange("Echo", frame, 100, True, True)))


def fails(kind, function, *arguments):
    try:
        function(*arguments)
    except kind as error:
        return type(error) is kind
    return False


def test_answers_to_select():
    assert iso_dep.rats().hex() == "e080"
    ats = iso_dep.read_ats(ATS)
    assert (ats.frame_size, ats.wait_ms, ats.rates, ats.historical) == (64, 78, 0x77, b"\x80")
    assert iso_dep.read_ats(bytes.fromhex("067777710280")).frame_size == 128
    bare = iso_dep.read_ats(b"\x01")
    assert (bare.frame_size, bare.wait_ms, bare.rates) == (32, 5, 0)
    for text in ("", "00", "02", "0675778102", "0475", "0278"):
        assert fails(CardAnswered, iso_dep.read_ats, bytes.fromhex(text)), text
    assert iso_dep.best_rate(ats) == 3 and iso_dep.best_rate(ats, 424) == 2 and iso_dep.best_rate(bare) == 0
    assert [iso_dep.pps(divisor).hex() for divisor in range(4)] == ["d01100", "d01105", "d0110a", "d0110f"]
    for divisor in range(4):
        air = Air()
        assert air.target.transceive(iso_dep.pps(divisor)) == b"\xd0" and air.target.bit_rates == (divisor, divisor)


def test_commands_of_every_length_both_ways():
    for times, sizes in ((1, (1, 60, 61, 62, 122, 123, 300)), (5, (1, 50, 51, 101, 255))):
        air = Air(times)
        for size in sizes:
            frame = bytes((size + index) & 0xFF for index in range(size))
            assert air.say(frame) == frame * times
        assert len(air.chip.commands) == len(sizes)
        assert all(len(block.frame) <= 62 for block in air.blocks)
        assert all(block.writes and block.secret for block in air.blocks if block.frame[0] & 0xE2 == 0x02)


def test_every_block_may_be_lost_once_or_twice_and_the_command_is_carried_out_once():
    for size, times in ((10, 1), (150, 1), (150, 4)):
        whole = Air(times)
        whole.say(bytes(size))
        for number in range(len(whole.blocks)):
            for kind in ("lose", "deafen"):
                for count in (1, 2):
                    air = Air(times, **{kind: tuple(range(number, number + count))})
                    assert air.say(bytes(size)) == bytes(size * times), (size, number, kind, count)
                    assert len(air.chip.commands) == 1
                    assert air.say(b"next") == b"next" * times


def test_nonsense_is_asked_again_and_then_given_up():
    for block in ("", "ff", "e2", "a2ff", "c2", "f200", "f23c", "f2", "b2"):
        air = Air(spoil={0: block})
        assert air.say(b"abc") == b"abc", block
        air = Air(spoil={number: block for number in range(9)})
        assert fails(CardAnswered, air.say, b"abc") or fails(CardLost, air.say, b"abc"), block
        assert len(air.blocks) <= 8
    air = Air(lose=range(9))
    assert fails(CardLost, air.say, b"abc") and len(air.blocks) == 1 + iso_dep.RETRIES_MAX


def test_more_time_is_granted_and_bounded():
    for requests in (1, 3, iso_dep.WTX_MAX):
        air = Air(wtx_requests=requests, wtx_multiplier=7)
        assert air.say(b"abc") == b"abc"
        waits = [block for block in air.blocks if block.frame == b"\xf2\x07"]
        assert len(waits) == requests and waits[0].wait_ms >= 7 * air.ats.wait_ms and not waits[0].writes
    assert fails(CardAnswered, Air(wtx_requests=iso_dep.WTX_MAX + 1).say, b"abc")


def test_an_answer_without_end_is_given_up():
    air = Air()
    air.transceive = lambda request: bytes([0x12 | request.frame[0] & 1]) + b"x"
    assert fails(CardAnswered, air.say, b"abc")


def test_deselect():
    air = Air()
    air.say(b"abc")
    air.drive(air.link.deselect())
    assert not air.chip.is_active
    air.drive(air.link.deselect())  # silence now: no error


def test_a_tap_is_carried_and_other_requests_pass():
    air = Air()

    def tap():
        first = yield exchange("Echo", b"one", 10)
        memory = yield Recall("family", b"uid")
        try:
            yield exchange("Echo", b"two", 10)
        except CardLost:
            return first, memory, "lost"

    carried = air.link.carry(tap())
    reply, trouble, seen = None, None, []
    while True:
        try:
            request = carried.throw(trouble) if trouble else carried.send(reply)
        except StopIteration as stop:
            assert stop.value == (b"one", "memory", "lost")
            break
        reply, trouble = None, None
        if isinstance(request, Recall):
            reply = "memory"
            air.lose = range(100)
            continue
        seen.append(request)
        try:
            reply = air.transceive(request)
        except CardLost as error:
            trouble = error
    assert len(seen) == 1 + 1 + iso_dep.RETRIES_MAX


def test_a_driver_over_blocks():
    """A 424 over blocks: what one block carries is never chained, and a card that refuses chained writes refuses longer ones."""
    air = Air(chip=new_card("ntag424", bytes.fromhex("04a1b2c3d4e5f6"), noise=Noise(3)))
    card = ntag424.Ntag424(Noise(4).take)

    def opened():
        yield from card.select()
        yield from card.authenticate(0, bytes(16))

    def prepare():
        yield from opened()
        yield from card.change_file_settings(3, sdm_body(MAC, Access(0, 0, 0, 0), None))
        yield from card.set_configuration(ntag424.CONFIG_MESSAGING, b"\x04\x00")
        yield from card.write_long(3, 0, bytes(range(128)), MAC)
        return (yield from card.read(3, 0, 128, MAC))

    def too_long():
        yield from opened()
        yield from card.write(3, 0, bytes(128), MAC)

    assert air.drive(air.link.carry(prepare())) == bytes(range(128))
    assert fails(CardRefused, air.drive, air.link.carry(too_long()))
    assert not card.alive
