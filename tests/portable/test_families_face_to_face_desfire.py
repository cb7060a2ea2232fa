"""The DESFire driver and the soft chips, face to face: every command of the driver on EV1, EV2 and EV3, native and wrapped."""

from cardos.crypto import tdes
from cardos.crypto.compare import constant_time_equal
from cardos.errors import CardAnswered, CardLost, StampdError
from cardos.exchange import Presentation
from cardos.families import desfire, identify
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.file_settings import BACKUP, CYCLIC, FREE, KEYS_AES, NEVER, TRANSACTION_MAC, VALUE, Access, key_settings_byte
from cardos.families.wrapped import Native, Wrapped
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from tests.portable.families_bench import run

UID = bytes.fromhex("04a1b2c3d4e5f6")
ZERO = bytes(16)
AID = b"stp"
KEYS = [bytes([number + 1] * 15 + [7]) for number in range(4)]
OURS = Access(1, 2, 2, 0)
SETTINGS = key_settings_byte(0, True, False, False, True)


class Bench:
    """A soft DESFire with our application (4 AES keys), and a driver before it. alter: None, or a change of the card's answers."""

    def __init__(self, family, framing=None, keys=4, more=b"", **options):
        self.card = new_card(family, UID, noise=Noise(7), **options)
        self.generation = identify.generation_of(family)
        self.framing = framing or Wrapped()
        self.alter = None
        card = self.present()
        self.do(card.create_application(AID, SETTINGS, keys | KEYS_AES, more))

    def present(self, minimum=""):
        self.exchanges = []
        self.card.field_off()
        self.card.field_on()
        assert self.card.activate() is not None
        self.driver = desfire.Desfire(Noise(9).take, self.generation, minimum, self.framing)
        return self.driver

    def open(self, number=0, key=ZERO):
        card = self.present()
        self.do(card.select(AID))
        self.do(card.authenticate(number, key))
        return card

    def transceive(self, request):
        self.exchanges.append(request)
        answer = self.card.transceive(request.frame)
        if answer is None:
            raise CardLost("silence")
        return self.alter(answer) if self.alter else answer

    def do(self, generator):
        return run(generator, self.transceive)

    def refuses(self, generator):
        try:
            self.do(generator)
        except StampdError as error:
            return error.code
        return None


def benches(first=1, **options):
    """A bench for every generation from `first` on, wrapped, and one that speaks native."""
    for generation in range(first, 4):
        yield Bench("desfire-ev%d" % generation, **options)
    yield Bench("desfire-ev%d" % first, Native(), **options)


def test_identify_then_select():
    for bench in benches():
        card = bench.present()
        family, hardware = bench.do(identify.identify(Presentation("iso-dep", UID, b"", None, None), bench.framing))
        assert family == "desfire-ev%d" % bench.generation and identify.memory_of_hardware(hardware) == 4096
        bench.do(card.select(AID))
        assert bench.do(card.first_version()) == hardware
        bench.do(card.select(AID))
        assert bench.refuses(card.select(b"xyz")) == "STATUS_A0"
        bench.do(card.select(desfire.PICC_LEVEL))
        assert bench.do(card.version()).uid == UID and bench.do(card.applications()) == [AID]
        assert 4000 < bench.do(card.free_memory()) < 8192


def test_every_question_in_a_session():
    for bench in benches():
        card = bench.open(3)
        assert card.channel == ("ev1" if bench.generation == 1 else "ev2") and card.authenticated == 3
        assert bench.do(card.version()).uid == UID and bench.do(card.card_uid()) == UID
        assert bench.do(card.key_version(1)) == 0
        if bench.generation > 1:
            assert bench.do(card.signature()) == bytes(56)
        bench.do(card.authenticate_again(0, ZERO))
        settings = bench.do(card.key_settings())
        assert (settings.key_count, settings.key_type, settings.free_create) == (4, KEYS_AES, False)
        assert bench.do(card.file_ids()) == []
        bench.do(card.change_key_settings(key_settings_byte(0, True, False, True, True)))
        assert bench.do(card.key_settings()).free_list


def test_data_files_in_all_modes_and_lengths():
    for bench in benches():
        card = bench.open()
        for number, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
            bench.do(card.create_std_file(number, mode, OURS, 400))
            bench.do(card.create_backup_file(number + 3, mode, OURS, 96))
        assert bench.do(card.file_ids()) == [1, 2, 3, 4, 5, 6] and bench.do(card.file_settings(5)).kind == BACKUP
        card = bench.open(2)
        for number, mode in ((1, PLAIN), (2, MAC), (3, FULL)):
            for size in (1, 15, 16, 40, 47, 48, 49, 59, 60, 120, 223, 224, 225, 240, 300, 400):
                data = bytes((size + index) & 0xFF for index in range(size))
                bench.do(card.write(number, 400 - size, data, mode))
                assert bench.do(card.read(number, 400 - size, size, mode)) == data
            bench.do(card.write(number + 3, 16, b"abc", mode))
            assert bench.do(card.read(number + 3, 16, 3, mode)) == bytes(3)
            bench.do(card.commit())
            assert bench.do(card.read(number + 3, 16, 3, mode)) == b"abc"
        if bench.generation > 1:
            assert len(bench.do(card.read(3, 0, 0, FULL))) == 400
        bench.do(card.write(5, 0, b"xyz", MAC))
        bench.do(card.abort())
        assert bench.do(card.read(5, 0, 3, MAC)) == bytes(3)
        assert bench.refuses(card.commit()) == "STATUS_0C" and not card.alive
        card = bench.open(1)
        assert bench.refuses(card.write(2, 0, b"a", MAC)) in ("STATUS_9D", "STATUS_AE")
        assert bench.refuses(card.read(2, 0, 1, MAC)) == "NOT_AUTHENTICATED"
        assert bench.refuses(bench.open(1).read(2, 0, 4, PLAIN)) is not None or bench.generation == 1
        assert bench.refuses(bench.open(1).read(1, 0, 4, FULL)) is not None
        card = bench.open()
        bench.do(card.change_file_settings(1, MAC, OURS))
        assert bench.do(card.file_settings(1)).mode == MAC


def test_a_sale_takes_the_exchanges_that_the_design_allows():
    for bench in benches():
        card = bench.open()
        bench.do(card.create_backup_file(1, MAC, OURS, 56))
        bench.do(card.create_cyclic_file(2, MAC, OURS, 32, 6))
        card = bench.open(2)
        bench.do(card.read(1, 0, 48, MAC))
        bench.do(card.write(1, 16, bytes(40), MAC))
        bench.do(card.write_record(2, 0, bytes(32), MAC))
        bench.do(card.commit())
        assert len(bench.exchanges) == 7 and max(len(request.frame) for request in bench.exchanges) <= 65


def test_values():
    for bench in benches():
        card = bench.open()
        bench.do(card.create_value_file(1, FULL, OURS, -100, 1000, 50, 1))
        bench.do(card.create_value_file(2, MAC, OURS, 0, 10, 0, 0))
        card = bench.open(2)
        assert bench.do(card.get_value(1, FULL)) == 50
        bench.do(card.debit(1, 120, FULL))
        bench.do(card.credit(2, 7, MAC))
        assert bench.do(card.get_value(1, FULL)) == 50
        bench.do(card.commit())
        assert bench.do(card.get_value(1, FULL)) == -70 and bench.do(card.get_value(2, MAC)) == 7
        bench.do(card.limited_credit(1, 20, FULL))
        bench.do(card.commit())
        assert bench.do(card.get_value(1, FULL)) == -50
        assert bench.refuses(card.debit(1, 51, FULL)) == "STATUS_BE" and not card.alive
        assert bench.refuses(bench.open(2).credit(1, -1, FULL)) == "OUT_OF_RANGE"
        assert bench.do(bench.open(0).key_version(0)) == 0
        settings = bench.do(bench.driver.file_settings(1))
        assert (settings.kind, settings.lower, settings.upper) == (VALUE, -100, 1000)


def test_records():
    for bench in benches():
        card = bench.open()
        bench.do(card.create_cyclic_file(1, MAC, OURS, 16, 4))
        bench.do(card.create_linear_file(2, FULL, OURS, 40, 2))
        card = bench.open(2)
        for number in range(5):
            bench.do(card.write_record(1, 0, bytes([number] * 16), MAC))
            bench.do(card.commit())
        assert bench.do(card.read_records(1, 0, 0, 16, MAC)) == [bytes([number] * 16) for number in (2, 3, 4)]
        assert bench.do(card.read_records(1, 0, 1, 16, MAC)) == [bytes([4] * 16)]
        assert bench.do(card.read_records(1, 1, 2, 16, MAC)) == [bytes([number] * 16) for number in (2, 3)]
        bench.do(card.write_record(2, 8, b"12345678", FULL))
        bench.do(card.commit())
        assert bench.do(card.read_records(2, 0, 1, 40, FULL)) == [bytes(8) + b"12345678" + bytes(24)]
        if bench.generation > 1:
            bench.do(card.update_record(2, 0, 0, b"new", FULL))
            bench.do(card.commit())
            assert bench.do(card.read_records(2, 0, 1, 40, FULL))[0][:16] == b"new" + bytes(5) + b"12345678"
        bench.do(card.clear_records(1))
        bench.do(card.commit())
        assert bench.refuses(card.read_records(1, 0, 1, 16, MAC)) == "STATUS_BE"
        settings = bench.do(bench.open().file_settings(1))
        assert (settings.kind, settings.record_size, settings.records_max, settings.records_now) == (CYCLIC, 16, 4, 0)


def test_the_transaction_mac():
    for bench in benches(2):
        card = bench.open()
        bench.do(card.create_backup_file(1, MAC, OURS, 32))
        bench.do(card.create_tmac_file(3, Access(FREE, NEVER, 2, 0), KEYS[0], 5))
        assert bench.exchanges[-1].secret and bench.do(card.file_settings(3)).kind == TRANSACTION_MAC
        seen = []
        for number in range(2):
            card = bench.open(2)
            bench.do(card.write(1, 0, bytes([number] * 16), MAC))
            seen.append(bench.do(card.commit_reader_id(bytes([0x40 + number] * 16))))
            tmc, tmv = bench.do(card.commit(with_tmac=True))
            assert tmc == number + 1 and len(tmv) == 8
            assert bench.do(card.read(3, 0, 12, PLAIN)) == bytes([tmc, 0, 0, 0]) + tmv
        assert len(seen[0]) == 16 and not constant_time_equal(seen[0], seen[1])
        card = bench.open(2)
        bench.do(card.write(1, 0, b"x", MAC))
        assert bench.refuses(card.commit(with_tmac=True)) is not None  # CommitReaderID was left out


def test_all_keys_are_changed_and_a_wrong_one_is_told():
    for bench in benches():
        card = bench.open()
        for number in (1, 2, 3):
            bench.do(card.change_key(number, KEYS[number], number, ZERO))
            assert bench.exchanges[-1].secret and card.alive and bench.do(card.key_version(number)) == number
        bench.do(card.change_key(0, KEYS[0], 9))
        assert not card.alive
        for number in range(4):
            bench.open(number, KEYS[number])
        card = bench.present()
        bench.do(card.select(AID))
        for _ in range(3):
            assert bench.refuses(card.authenticate(0, ZERO)) == "WRONG_KEY"
        seen = len(bench.exchanges)
        assert bench.refuses(card.authenticate(0, KEYS[0])) == "TOO_MANY_FAILURES" and len(bench.exchanges) == seen
        assert bench.refuses(bench.open(0, KEYS[0]).change_key(1, KEYS[1], 1, ZERO)) == "STATUS_1E"


def test_key_sets():
    for bench in benches(2, keys=2 | 0x10, more=b"\x01\x00\x02\x10\x00"):
        card = bench.open()
        bench.do(card.initialize_key_set(1))
        for number in (0, 1):
            bench.do(card.change_key_in_set(1, number, KEYS[number], 3, ZERO))
        bench.do(card.finalize_key_set(1, 7))
        bench.do(card.roll_key_set(1))
        assert not card.alive
        assert bench.do(bench.open(0, KEYS[0]).key_version(0)) == 3
        bench.open(1, KEYS[1])


def test_a_generation_is_never_opened_by_an_older_channel():
    bench = Bench("desfire-ev2")
    assert bench.refuses(bench.present().authenticate_to_look(0, bytes(8))) == "CHANNEL_TOO_WEAK" and not bench.exchanges
    bench.generation = 1  # a home that takes an EV2 for an EV1, but has pinned the channel
    assert bench.refuses(bench.present("ev2").authenticate(0, ZERO)) == "CHANNEL_TOO_WEAK" and not bench.exchanges


def test_cards_with_des_keys_are_looked_at_and_not_touched():
    if not tdes.AVAILABLE:
        return
    for bench in benches():
        card = bench.present(None)
        bench.do(card.authenticate_to_look(0, bytes(8)))
        assert bench.do(card.version()).uid == UID and bench.do(card.applications()) == [AID] and bench.do(card.card_uid()) == UID
        assert bench.do(card.key_settings()).key_count == 1 and bench.do(card.free_memory()) > 0
        seen = len(bench.exchanges)
        for call in (card.format_picc(), card.delete_application(AID), card.change_key(0x80, ZERO, 0), card.set_configuration(0, b"\x00")):
            assert bench.refuses(call) == "CHANNEL_TOO_WEAK" and len(bench.exchanges) == seen
            card = bench.present(None)
            bench.do(card.authenticate_to_look(0, bytes(8)))
            seen = len(bench.exchanges)
        assert bench.refuses(bench.present(None).authenticate_to_look(0, b"\x02" * 8)) == "WRONG_KEY"


def test_applications_and_files_go():
    for bench in benches():
        card = bench.open()
        bench.do(card.create_std_file(1, MAC, OURS, 32))
        bench.do(card.delete_file(1))
        assert bench.do(card.file_ids()) == []
        assert bench.refuses(card.file_settings(1)) == "STATUS_F0"
        bench.do(bench.open().delete_application(AID))
        card = bench.present()
        assert bench.do(card.applications()) == []


def test_every_changed_bit_of_every_answer_in_a_session_is_refused():
    for bench in benches():
        card = bench.open()
        bench.do(card.create_backup_file(1, MAC, OURS, 32))
        bench.do(card.create_value_file(2, FULL, OURS, 0, 100, 50))
        calls = (
            lambda card: card.read(1, 0, 20, MAC),
            lambda card: card.write(1, 0, b"0123456789", MAC),
            lambda card: card.get_value(2, FULL),
            lambda card: card.debit(2, 1, FULL),
            lambda card: card.card_uid(),
            lambda card: card.key_version(1),
            lambda card: card.version(),
        )
        for call in calls:
            for bit in range(0, 8 * 40, 5):
                changed = []

                def alter(answer, bit=bit, changed=changed):
                    if bit // 8 >= len(answer):
                        return answer
                    changed.append(bit)
                    return answer[: bit // 8] + bytes([answer[bit // 8] ^ 1 << bit % 8]) + answer[bit // 8 + 1 :]

                bench.alter = None
                card = bench.open(2)
                bench.alter = alter
                try:
                    bench.do(call(card))
                    assert not changed, bit
                except CardAnswered:
                    assert changed and not card.alive
        bench.alter = None
