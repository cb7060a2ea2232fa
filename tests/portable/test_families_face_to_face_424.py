"""The NTAG 424 DNA driver and the soft chip, face to face: every command of the driver, in AES and in LRP mode."""

from cardos.crypto.sun_link import SunLink, verify_link
from cardos.errors import CardAnswered, CardLost, StampdError
from cardos.families import identify, ntag424, type4
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.file_settings import FREE, NEVER, Access, sdm_body
from cardos.families.sun_link import signed_link, unsigned_settings
from cardos.exchange import Presentation
from cardos.soft_cards.noise import Noise
from cardos.soft_cards.registry import new_card
from tests.portable.families_bench import run

UID = bytes.fromhex("04a1b2c3d4e5f6")
ZERO = bytes(16)
KEYS = [bytes([number + 1] * 15 + [7]) for number in range(5)]
LONGEST_ANSWER = 40
TEMPLATE = "https://shop.example/c?{mac_from}p={picc}&m={mac}"


class Bench:
    """A soft card on a reader, and a driver before it. exchanges: since the card was presented; alter: None, or a change of answers."""

    def __init__(self, family="ntag424", **options):
        self.card = new_card(family, UID, noise=Noise(7), **options)
        self.family = family
        self.alter = None
        self.present()

    def present(self):
        self.exchanges = []
        self.card.field_off()
        self.card.field_on()
        assert self.card.activate() is not None
        self.driver = ntag424.Ntag424(Noise(9).take, "lrp" if self.family.endswith("lrp") else "ev2")
        return self.driver

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

    def open(self, number=0, key=ZERO):
        card = self.present()
        self.do(card.select())
        self.do(card.authenticate(number, key))
        return card


def benches():
    return Bench("ntag424"), Bench("ntag424-lrp")


def test_identify_then_select():
    for bench in benches():
        family, hardware = bench.do(identify.identify(Presentation("iso-dep", UID, b"", None, None)))
        assert family == "ntag424" and identify.memory_of_hardware(hardware) == 256 and len(bench.exchanges) == 1
        bench.do(bench.driver.select())
        bench.do(bench.driver.authenticate(0, ZERO))


def test_every_question():
    signature = bytes(range(56))
    for family in ("ntag424", "ntag424-lrp"):
        bench = Bench(family, signature=signature)
        card = bench.driver
        bench.do(card.select())
        assert bench.do(card.version()).uid == UID and bench.do(card.signature()) == signature
        assert bench.do(card.key_version(2)) == 0 and bench.do(card.file_settings(2)).size == 256
        card = bench.open()
        assert card.channel == ("lrp" if family.endswith("lrp") else "ev2")
        assert bench.do(card.version()).uid == UID
        assert bench.do(card.card_uid()) == UID
        assert bench.do(card.signature()) == signature
        assert bench.do(card.key_version(4)) == 0
        settings = bench.do(card.file_settings(3))
        assert settings.mode == FULL and settings.access == Access(2, 3, 3, 0) and settings.size == 128 and settings.sdm is None
        assert bench.do(card.card_uid()) == UID and card.session.counter == 6


def test_data_in_all_modes():
    for bench in benches():
        for mode in (PLAIN, MAC, FULL):
            card = bench.open()
            bench.do(card.change_file_settings(3, sdm_body(mode, Access(1, 2, 2, 0), None)))
            card = bench.open(2)
            for size in (1, 15, 16, 17, 60, 128):
                data = bytes((size + index) & 0xFF for index in range(size))
                bench.do(card.write(3, 128 - size, data, mode))
                assert bench.do(card.read(3, 128 - size, size, mode)) == data
                assert bench.exchanges[-2].writes and not bench.exchanges[-1].writes
            assert len(bench.do(card.read(3, 0, 0, mode))) == 128
            bench.do(card.authenticate_again(1, ZERO))
            assert bench.do(card.read(3, 0, 48, mode)) == bytes(bench.card.files[2].data[:48])
            assert bench.refuses(card.write(3, 0, b"x", mode)) in ("STATUS_9D", "STATUS_AE") and not card.alive
            assert bench.refuses(card.read(3, 0, 1, FULL)) == "NOT_AUTHENTICATED"
            assert bench.refuses(card.read(3, 120, 16, PLAIN)) is not None


def test_another_mode_than_the_files_is_never_success():
    for bench in benches():
        card = bench.open()
        bench.do(card.change_file_settings(3, sdm_body(PLAIN, Access(1, 1, 1, 0), None)))
        assert bench.refuses(bench.open(1).read(3, 0, 16, MAC)) is not None
        assert bench.refuses(bench.open(1).read(3, 0, 16, FULL)) is not None
        bench.do(bench.open().change_file_settings(3, sdm_body(MAC, Access(1, 1, 1, 0), None)))
        assert bench.refuses(bench.open(1).read(3, 0, 16, PLAIN)) is not None


def test_a_record_and_a_sale_are_five_exchanges():
    for bench in benches():
        bench.do(bench.open().change_file_settings(3, sdm_body(MAC, Access(2, 2, 2, 0), None)))
        card = bench.open(2)
        bench.do(card.read(3, 0, 88, MAC))
        bench.do(card.write(3, 16, bytes(36), MAC))
        assert len(bench.exchanges) == 5 and max(len(request.frame) for request in bench.exchanges) <= 60


def test_all_keys_are_changed_and_a_wrong_one_is_told():
    for bench in benches():
        card = bench.open()
        for number in (1, 2, 3, 4):
            bench.do(card.change_key(number, KEYS[number], number, ZERO))
            assert bench.exchanges[-1].secret and bench.exchanges[-1].writes and card.alive
            assert bench.do(card.key_version(number)) == number
        bench.do(card.change_key(0, KEYS[0], 9))
        assert not card.alive and bench.refuses(card.card_uid()) == "NOT_AUTHENTICATED"
        for number in range(5):
            bench.open(number, KEYS[number])
        card = bench.present()
        bench.do(card.select())
        for _ in range(3):
            assert bench.refuses(card.authenticate(0, ZERO)) == "WRONG_KEY"
        seen = len(bench.exchanges)
        assert bench.refuses(card.authenticate(0, KEYS[0])) == "TOO_MANY_FAILURES" and len(bench.exchanges) == seen
        card = bench.open(0, KEYS[0])
        assert bench.refuses(card.change_key(1, KEYS[1], 1, ZERO)) == "STATUS_1E"  # another old key than said
        assert bench.do(bench.open(0, KEYS[0]).key_version(0)) == 9


def test_configuration_and_the_switch_to_lrp():
    bench = Bench()
    bench.do(bench.open().set_configuration(ntag424.CONFIG_MESSAGING, b"\x04\x00"))
    assert bench.card.chained_writes_refused
    bench.do(bench.open().set_configuration(ntag424.CONFIG_PICC, b"\x02"))
    assert bench.do(bench.open().card_uid()) == UID and bench.do(bench.driver.version()).uid == bytes(7)
    bench.do(bench.open().set_configuration(ntag424.CONFIG_CAPABILITY, bytes(4) + b"\x02" + bytes(5)))
    card = bench.present()
    bench.do(card.select())
    assert bench.refuses(card.authenticate(0, ZERO)) is not None and not card.alive
    card = bench.present()
    bench.do(card.select())
    bench.do(card.authenticate(0, ZERO, lrp=True))
    assert card.channel == "lrp"
    other = Bench()
    assert other.refuses(other.present().authenticate(0, ZERO, lrp=True)) is not None and other.driver.channel is None


def test_a_signed_link_is_read_and_verified():
    for bench in benches():
        lrp = bench.family.endswith("lrp")
        made = signed_link(TEMPLATE, lrp, counter_key=1)
        card = bench.open()
        for number in (3, 4):
            bench.do(card.change_key(number, KEYS[number], 1, ZERO))
        bench.do(card.write_long(2, 0, made.file, PLAIN))
        bench.do(card.change_file_settings(2, made.settings))
        settings = bench.do(card.file_settings(2))
        assert settings.access.read == FREE and (settings.sdm.meta, settings.sdm.file, settings.sdm.counter) == (4, 3, 1)
        assert sdm_body(settings.mode, settings.access, settings.sdm) == made.settings
        counters = []
        for _ in range(2):
            bench.present()
            message = bench.do(type4.read_ndef())
            link = "https://" + message[5:].decode()
            counters.append(verify_link(link, SunLink(TEMPLATE, lrp), KEYS[4], lambda uid: KEYS[3]))
        assert counters == [(UID, 1), (UID, 2)]
        assert bench.do(bench.open(1).file_counters(2)) == 2
        bench.do(bench.open().change_file_settings(2, unsigned_settings()))
        assert bench.do(bench.driver.file_settings(2)).sdm is None


def test_iso_commands():
    bench = Bench()
    card = bench.driver
    bench.do(card.select())
    bench.do(card.iso_select(ntag424.FID_NDEF))
    bench.do(card.iso_update(0, b"\x00\x03abc"))
    assert bench.do(card.iso_read(0, 5)) == b"\x00\x03abc"
    assert bench.refuses(card.iso_select(0x1234)) == "STATUS_6A82"
    bench.present()
    assert bench.do(type4.read_ndef()) == b"abc"
    card = bench.open()
    bench.do(card.iso_select(ntag424.FID_CC))
    assert not card.alive


def test_every_changed_bit_of_every_answer_in_a_session_is_refused():
    for bench in benches():
        bench.do(bench.open().change_file_settings(3, sdm_body(MAC, Access(2, 2, 2, NEVER), None)))
        calls = (
            lambda card: card.read(3, 0, 20, MAC),
            lambda card: card.write(3, 0, b"0123456789", MAC),
            lambda card: card.card_uid(),
            lambda card: card.key_version(1),
            lambda card: card.file_settings(3),
            lambda card: card.version(),
        )
        for call in calls:
            bench.alter = None
            bench.do(call(bench.open(2)))
            for bit in range(0, 8 * LONGEST_ANSWER, 7 if bench.family.endswith("lrp") else 3):
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
