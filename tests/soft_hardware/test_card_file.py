"""One card, one file: saved whole, read carefully, held by one server at a time."""

import json
import os

import pytest

from cardos.errors import BadInput, StampdError
from cardos.soft_cards.registry import new_card
from host_tools.soft_hardware.card_file import CardFile
from tests import soft_lab


@pytest.fixture
def path(tmp_path):
    return soft_lab.new_card(tmp_path / "card.json")


def on_reader(held):
    held.card.field_on()
    held.card.activate()
    return held.card


def test_the_file_is_the_memory_after_each_write(path):
    with CardFile(path) as held:
        on_reader(held).transceive(bytes.fromhex("a21001020304"))
        assert soft_lab.memory(path).state()["pages"][0x10] == "01020304"
    assert soft_lab.memory(path).state() == held.card.state()


def test_equal_cards_are_equal_files(tmp_path):
    one, two = soft_lab.new_card(tmp_path / "one.json"), soft_lab.new_card(tmp_path / "two.json")
    assert one.read_bytes() == two.read_bytes()
    with CardFile(one) as held:
        card = on_reader(held)
        card.transceive(bytes.fromhex("a21001020304"))
        card.transceive(bytes.fromhex("a21000000000"))
    assert one.read_bytes() == two.read_bytes(), "no clock, no count of saves"


def test_reading_does_not_touch_the_file(path):
    before = os.stat(path)
    with CardFile(path) as held:
        on_reader(held).transceive(bytes.fromhex("3000"))
    assert os.stat(path) == before or os.stat(path).st_mtime_ns == before.st_mtime_ns


def test_no_temporary_file_stays(path):
    with CardFile(path) as held:
        on_reader(held).transceive(bytes.fromhex("a21001020304"))
    assert os.listdir(path.parent) == [path.name]


def test_a_new_card_does_not_replace_another(path):
    with pytest.raises(BadInput) as told:
        CardFile.create(path, new_card("ntag213", bytes(7)))
    assert told.value.code == "FILE_EXISTS" and "--force" in told.value.hint
    CardFile.create(path, new_card("ntag213", bytes(7)), overwrite=True)
    assert soft_lab.memory(path).family == "ntag213"


def test_a_second_server_is_refused(path):
    with CardFile(path) as held:
        on_reader(held).transceive(bytes.fromhex("a21001020304"))  # the lock moves to the new file
        with pytest.raises(BadInput) as told:
            CardFile(path)
        assert told.value.code == "FILE_IN_USE"
    CardFile(path).close()


def test_an_older_image_put_back_is_taken_over(path):
    older = path.read_bytes()
    with CardFile(path) as held:
        card = on_reader(held)
        card.transceive(bytes.fromhex("a21001020304"))
        assert not held.refresh()
        path.write_bytes(older)
        assert held.refresh() and not held.refresh()
        assert not card.is_active
        card.field_on()
        card.activate()
        assert card.transceive(bytes.fromhex("3010"))[:4] == bytes(4)


@pytest.mark.parametrize(
    "content",
    [b"", b"not json", b"[]", b"{}", b'{"format": 2}', b'{"format": 1, "family": "ntag215"}', b"\xff\xfe",
     b'{"format": 1, "family": "ntag213", "state": {"family": "ntag215"}}', b'{"format": 1, "family": "x", "state": {"family": "x"}}'],
)
def test_a_file_that_is_no_card_is_bad_input_with_a_way_out(path, content):
    path.write_bytes(content)
    with pytest.raises(BadInput) as told:
        CardFile(path)
    assert told.value.hint


def test_a_damaged_field_is_named(path):
    document = json.loads(path.read_text())
    document["state"]["pages"][7] = "zz"
    path.write_text(json.dumps(document))
    with pytest.raises(BadInput, match="page 7"):
        CardFile(path)


def test_a_missing_file_says_how_to_make_one(tmp_path):
    with pytest.raises(BadInput) as told:
        CardFile(tmp_path / "none.json")
    assert "softcard new" in told.value.hint


def test_a_folder_that_is_gone_is_a_plain_error(path):
    with CardFile(path) as held:
        card = on_reader(held)
        path.unlink()
        path.parent.rmdir()
        with pytest.raises(StampdError) as told:
            card.transceive(bytes.fromhex("a21001020304"))
    assert told.value.code == "FILE_NOT_SAVED"
