"""Answers made of noise: a driver raises an error of ours or ends, whatever a card says, and never takes noise for a MACed answer."""

from cardos.errors import CardAnswered, CardLost, RangeError, StampdError
from cardos.exchange import Presentation, exchange
from cardos.families import desfire, identify, iso_dep, ntag424, type4
from cardos.families.commands import FULL, MAC, PLAIN
from cardos.families.ev1_channel import Ev1Channel
from cardos.families.ev2_channel import Ev2Channel
from cardos.families.file_settings import read_file_settings, read_key_settings, read_version
from cardos.families.lrp_channel import LrpChannel
from cardos.soft_cards.noise import Noise
from tests.portable.families_bench import run

CASES = 400
EXCHANGES_MAX = 700


def noisy(noise, words):
    """A card that answers noise of any length, often with one of these endings; silence now and then."""
    count = [0]

    def transceive(request):
        count[0] += 1
        assert count[0] < EXCHANGES_MAX, "no end"
        kind, size = noise.take(2)
        if kind < 6:
            raise CardLost("silence")
        body = noise.take(size % 70 if kind & 1 else (0, 4, 7, 8, 12, 16, 17, 24, 28, 32, 33)[size % 11])
        return body + (words[kind % len(words)] if kind < 240 else b"")

    return transceive


def test_parsers_of_card_bytes():
    noise = Noise(11)
    for parse, sizes in ((read_file_settings, 40), (read_version, 31), (read_key_settings, 4), (iso_dep.read_ats, 20)):
        for _ in range(CASES):
            data = noise.take(noise.take(1)[0] % sizes)
            data = bytes([data[0] % 7]) + data[1:] if data and noise.take(1)[0] & 1 else data
            try:
                parse(data)
            except CardAnswered:
                continue  # what a parser says to bytes that do not fit
    for _ in range(CASES):
        found = type4.read_container(noise.take(noise.take(1)[0] % 20))
        assert found is None or 15 <= found[2] <= 255
    for _ in range(CASES):
        identify.family_of_hardware(noise.take(noise.take(1)[0] % 9))


def test_strangers():
    noise = Noise(12)
    for _ in range(CASES):
        for generator in (type4.read_ndef(), identify.identify(Presentation("iso-dep", b"", b"", None, None))):
            try:
                run(generator, noisy(noise, (b"\x90\x00", b"\x91\xaf", b"\x6a\x82")))
            except CardLost:
                continue  # silence passes through


def sessions():
    key = bytes(range(16))
    return (lambda: None, lambda: Ev2Channel(key, key, b"abcd"), lambda: LrpChannel(key, b"abcd"), lambda: Ev1Channel("aes", key))


def calls(card, key):
    yield card.version()
    yield card.card_uid()
    yield card.signature()
    yield card.file_settings(1)
    yield card.key_version(1)
    yield card.read(1, 0, 16, MAC)
    yield card.read(1, 0, 16, FULL)
    yield card.write(1, 0, bytes(100), MAC)
    yield card.change_key(1, key, 1, key)
    if isinstance(card, desfire.Desfire):
        yield card.get_value(1, FULL)
        yield card.read_records(1, 0, 2, 16, MAC)
        yield card.commit(True)
        yield card.commit_reader_id(key)
        yield card.applications()
        yield card.key_settings()


def test_drivers():
    noise = Noise(13)
    makers = (lambda: ntag424.Ntag424(noise.take), lambda: desfire.Desfire(noise.take, 1), lambda: desfire.Desfire(noise.take, 3))
    for session in sessions():
        for make in makers:
            for _ in range(3):
                for number in range(len(list(calls(make(), bytes(16))))):
                    card = make()
                    card.session, card.authenticated = session(), 0
                    inside = card.alive
                    try:
                        run(list(calls(card, bytes(16)))[number], noisy(noise, (b"\x91\x00", b"\x91\xaf", b"\x91\x9d")))
                        assert not inside, "noise was taken for an answer"
                    except StampdError as error:
                        assert not isinstance(error, RangeError) and not card.alive


def test_authentications():
    noise = Noise(14)
    for make in (lambda: ntag424.Ntag424(noise.take), lambda: ntag424.Ntag424(noise.take, "lrp"), lambda: desfire.Desfire(noise.take, 1)):
        for _ in range(CASES // 4):
            card = make()
            for attempt in range(4):
                try:
                    run(card.authenticate(0, bytes(16)), noisy(noise, (b"\x91\xaf", b"\x91\x00")))
                    raise AssertionError("noise knew the key")
                except StampdError as error:
                    assert not card.alive and card.failures <= 3
                    assert attempt < 3 or card.failures < 3 or error.code == "TOO_MANY_FAILURES" or card.failures == 3
            assert card.read is not None


def test_blocks():
    noise = Noise(15)
    for number in range(CASES):
        link = iso_dep.IsoDep(iso_dep.Ats(32, 10, 1, 0, b""))
        generator = link.command(exchange("x", bytes(1 + number % 90), 10))
        reply, trouble = None, None
        for _ in range(EXCHANGES_MAX):
            try:
                generator.throw(trouble) if trouble else generator.send(reply)
            except StopIteration:
                break
            except (CardLost, CardAnswered):
                break
            reply, trouble = None, None
            kind, bits, size = noise.take(3)
            if kind < 10:
                trouble = CardLost("silence")
            else:
                first = (0x02, 0x12, 0xA2, 0xB2, 0xF2, 0xC2, bits)[kind % 7] | (bits & 1)
                reply = bytes([first]) + (noise.take(size % 30) if kind % 7 < 2 else noise.take(size % 3))
        else:
            raise AssertionError("no end")


def test_plain_reads_still_answer():
    card = ntag424.Ntag424(None)
    assert run(card.read(2, 0, 2, PLAIN), lambda request: b"ab\x91\x00") == b"ab"
