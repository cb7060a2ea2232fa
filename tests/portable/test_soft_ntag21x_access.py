"""SoftNtag21x: password, limits, counter, mirror."""

from tests.portable.soft_card_bench import (
    ACK, NAK, NAK_4, PACK, PASSWORD, cfg, copy_of, log_in, on_reader, present, protect, read, send, write,
)

PROT, CFGLCK, COUNT, COUNT_PROT = 0x80, 0x40, 0x10, 0x08


def test_password_opens_writing_and_answers_pack():
    card = protect(on_reader(), 0x10)
    assert write(card, 0x0F, "01010101") == ACK, "below AUTH0 everybody writes"
    assert write(card, 0x10, "01010101") == NAK
    assert len(read(card, 0x10)) == 16, "reading stays free without PROT"
    assert log_in(card) == PACK
    assert write(card, 0x10, "02020202") == ACK
    assert write(card, cfg(card, 0), "04000010") == ACK


def test_wrong_password_is_nak_4_and_drops_the_card():
    card = protect(on_reader(), 0x10)
    assert log_in(card, b"\x00\x00\x00\x00") == NAK_4
    assert not card.is_active


def test_factory_password_opens_a_new_card():
    assert log_in(on_reader(), b"\xff\xff\xff\xff") == b"\x00\x00"


def test_a_nak_a_halt_and_a_power_cycle_end_the_authentication():
    for end in (lambda card: read(card, 0xF0), lambda card: send(card, "5000"), present):
        card = protect(on_reader(), 0x10)
        assert log_in(card) == PACK
        end(card)
        assert write(card, 0x10, "01010101") == NAK


def test_under_prot_reading_rolls_over_just_before_auth0():
    card = protect(on_reader(), 0x10, PROT)
    assert read(card, 0x0E) == bytes(8) + read(card, 0)[:8]
    assert read(card, 0x10) == NAK
    assert read(card, 0x11) == NAK
    assert send(card, "3a000f")[60:] == bytes(4)
    assert send(card, "3a0010") == NAK
    assert log_in(card) == PACK
    assert read(card, 0x85) == bytes(8) + read(card, 0)[:8], "with the password the whole memory is there"
    assert len(send(card, "3a0010")) == 17 * 4


def test_prot_from_page_0_hides_everything():
    card = protect(on_reader(), 0x00, PROT)
    assert read(card, 0) == NAK
    assert send(card, "60") is not None, "GET_VERSION is free"
    assert log_in(card) == PACK
    assert len(read(card, 0)) == 16


def test_auth0_above_the_last_page_is_off():
    card = protect(on_reader("ntag213"), 0x2D, PROT)
    assert len(read(card, 0x2C)) == 16
    assert write(card, 0x10, "01010101") == ACK


def test_authlim_counts_over_power_cycles_and_locks_for_good():
    card = protect(on_reader(), 0x10, PROT | 0x03)
    for _ in range(2):
        assert log_in(copy_of(card), b"\x00" * 4) == NAK_4
        assert log_in(card, b"\x00" * 4) == NAK_4
        card = copy_of(card)
    assert log_in(card) == PACK, "two of three: the right one still opens"
    for _ in range(3):
        assert log_in(card, b"\x00" * 4) == NAK_4
    card = copy_of(card)
    assert log_in(card) == NAK_4, "even the right password"
    assert read(card, 0x10) == NAK
    assert write(card, 0x10, "01010101") == NAK
    assert len(read(card, 0x04)) == 16, "the free part stays free"


def test_a_right_password_sets_the_negative_counter_back():
    card = protect(on_reader(), 0x10, 0x02)
    for _ in range(4):
        assert log_in(card, b"\x00" * 4) == NAK_4
        assert log_in(card) == PACK
    assert card.state()["failures"] == 0


def test_authlim_0_never_locks():
    card = protect(on_reader(), 0x10, 0x00)
    for _ in range(20):
        assert log_in(card, b"\x00" * 4) == NAK_4
    assert log_in(card) == PACK
    assert card.state()["failures"] == 0


def test_cfglck_freezes_the_configuration_but_not_password_and_pack():
    card = on_reader(locks_effective="at once")
    assert write(card, cfg(card, 1), "%02x050000" % CFGLCK) == ACK
    assert write(card, cfg(card, 0), "04000010") == NAK
    assert write(card, cfg(card, 1), "00050000") == NAK
    assert write(card, cfg(card, 2), "01020304") == ACK
    assert write(card, cfg(card, 3), "05060000") == ACK
    assert log_in(card, b"\x01\x02\x03\x04") == b"\x05\x06"


def test_configuration_counts_from_the_next_selection_on():
    """As seen on a real NTAG215 (flipperzero-firmware issue 4321), and as nfcpy and TagMo write theirs."""
    card = on_reader()
    assert write(card, cfg(card, 0), "04000010") == ACK
    assert write(card, 0x10, "01010101") == ACK, "AUTH0 does not count yet"
    assert write(card, cfg(card, 1), "40050000") == ACK and write(card, cfg(card, 1), "40050000") == ACK, "CFGLCK neither"
    card.activate()
    assert write(card, 0x10, "02020202") == NAK
    assert copy_of(card).state()["locks_effective"] == "protection after selection"


def test_the_counter_counts_the_first_read_after_power_up():
    card = protect(on_reader(), 0xFF, COUNT)
    assert send(card, "3902") == b"\x00\x00\x00"
    for _ in range(3):
        read(card, 0)
        send(card, "3a0001")
    assert send(card, "3902") == b"\x01\x00\x00"
    present(card)
    send(card, "3a0001")
    assert send(card, "3902") == b"\x02\x00\x00"
    card.activate()
    read(card, 0)
    assert send(card, "3902") == b"\x02\x00\x00", "a selection is no power-up"
    assert send(copy_of(card), "3902") == b"\x02\x00\x00", "it is persistent"


def test_the_counter_is_off_at_delivery_and_has_number_2_only():
    card = on_reader()
    read(card, 0)
    assert send(card, "3902") == NAK
    card = protect(card, 0xFF, COUNT)
    assert send(card, "3900") == NAK
    assert send(card, "3902") == b"\x00\x00\x00"


def test_the_counter_behind_the_password():
    card = protect(on_reader(), 0xFF, COUNT | COUNT_PROT)
    assert send(card, "3902") == NAK
    assert log_in(card) == PACK
    assert send(card, "3902") == b"\x00\x00\x00"


def test_the_counter_stops_at_its_end():
    state = protect(on_reader(), 0xFF, COUNT).state()
    state["counter"] = 0xFFFFFE
    from cardos.soft_cards.registry import load_card

    card = load_card(state)
    for expected in ("ffffff", "ffffff"):
        present(card)
        read(card, 0)
        assert send(card, "3902").hex() == expected


def test_uid_mirror_stands_in_read_answers_only():
    card = on_reader(locks_effective="at once")
    assert write(card, cfg(card, 0), "64000aff") == ACK  # UID, byte 2 of page 0Ah
    seen = send(card, "3a0a0d")
    assert seen == bytes(2) + b"04A1B2C3D4E5F6"
    assert read(card, 0x0A) == seen
    assert card.state()["pages"][0x0A] == "00000000"


def test_counter_mirror_shows_the_new_value():
    card = protect(on_reader(), 0xFF, COUNT)
    assert write(card, cfg(card, 0), "84000aff") == ACK
    present(card)
    assert read(card, 0x0A)[:8] == b"000001\x00\x00"


def test_both_mirrors_with_an_x_between():
    card = protect(on_reader(), 0xFF, COUNT)
    assert write(card, cfg(card, 0), "d4000aff") == ACK  # both, byte 1
    present(card)
    assert send(card, "3a0a0f")[1:22] == b"04A1B2C3D4E5F6x000001"


def test_a_protected_counter_is_mirrored_after_the_password_only():
    card = protect(on_reader(), 0xFF, COUNT | COUNT_PROT)
    assert write(card, cfg(card, 0), "c4000aff") == ACK
    present(card)
    assert send(card, "3a0a0f") == b"04A1B2C3D4E5F6" + bytes(10)
    assert log_in(card) == PACK
    assert send(card, "3a0a0f")[:21] == b"04A1B2C3D4E5F6x000001"


def test_a_mirror_that_does_not_fit_is_off():
    card = on_reader("ntag213", locks_effective="at once")
    for page in (0x03, 0x25, 0x28):
        assert write(card, cfg(card, 0), "4400%02xff" % page) == ACK
        assert b"04A1" not in send(card, "3a002c")
    assert write(card, cfg(card, 0), "440024ff") == ACK
    assert send(card, "3a2427")[:14] == b"04A1B2C3D4E5F6"


def test_recorded_password_exchange():
    card = protect(on_reader(), 0xFF)
    assert send(card, "1bdae55796").hex() == "abda"
    assert PASSWORD.hex() == "dae55796"
