"""What portable code may rely on, checked on every interpreter.

Two kinds: what `cardos` uses must mean the same everywhere, and what is known to differ in silence must be caught by
ours (a length or range that the language would cut short corrupts money).
"""

import hashlib
import json
import struct
import sys
from collections import namedtuple

Point = namedtuple("Point", ["x", "y"])


class NamedPoint(Point):
    def total(self):
        return self.x + self.y


def raises(kind, function, *arguments):
    try:
        function(*arguments)
    except kind:
        return True
    return False


def test_integers_keep_all_their_bits():
    assert (1 << 64) - 1 == 18446744073709551615
    assert ((1 << 200) >> 199) == 2
    assert (0xFFFFFFFF + 1) & 0xFFFFFFFF == 0


def test_floor_division_and_remainder_of_negative_numbers():
    assert (-7 // 2, -7 % 3, divmod(-7, 2)) == (-4, 2, (-4, 1))


def test_bytes_to_and_from_integers_in_range():
    assert (70000).to_bytes(3, "big") == b"\x01\x11\x70"
    assert (0x1234).to_bytes(2, "little") == b"\x34\x12"
    assert int.from_bytes(b"\xff\xfe", "big") == 65534
    assert int.from_bytes(b"\xff\xfe", "little") == 0xFEFF


def test_struct_of_values_in_range():
    assert struct.pack(">HBI", 65535, 255, 4294967295) == b"\xff" * 7
    assert struct.unpack(">Hh", b"\xff\xff\xff\xff") == (65535, -1)
    assert struct.calcsize("<IHB") == 7


def test_hex_and_bytes():
    assert b"\x00\xff".hex() == "00ff"
    assert bytes.fromhex("00ff") == b"\x00\xff"
    assert bytes(memoryview(b"abcdef")[2:4]) == b"cd"
    assert bytearray(3) == b"\x00\x00\x00"
    assert b"\x01" + bytes([2, 3]) == b"\x01\x02\x03"


def test_sha256_known_answer():
    assert hashlib.sha256(b"abc").digest() == bytes.fromhex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")


def test_a_subclass_of_a_namedtuple_has_methods_and_compares():
    point = NamedPoint(1, 2)
    assert point.total() == 3
    assert point == (1, 2)
    assert NamedPoint(x=1, y=2) == point


def test_a_generator_passes_answers_in_and_its_result_out():
    def inner():
        answer = yield "question"
        return answer * 2

    def outer():
        return (yield from inner())

    generator = outer()
    assert next(generator) == "question"
    try:
        generator.send(21)
    except StopIteration as stop:
        assert stop.value == 42
    else:
        raise AssertionError("the generator went on")


def test_an_exception_thrown_into_a_delegated_generator_arrives_inside():
    seen = []

    def inner():
        try:
            yield 1
        except ValueError:
            seen.append("inside")
            yield 2

    def outer():
        yield from inner()

    generator = outer()
    next(generator)
    assert generator.throw(ValueError("x")) == 2
    assert seen == ["inside"]


def test_keyword_only_arguments_walrus_and_f_strings():
    def scaled(value, *, by):
        return value * by

    assert scaled(2, by=3) == 6
    assert (found := 4) and found == 4
    assert f"{5:04x} {'a':>3}" == "0005   a"
    assert raises(TypeError, scaled, 2, 3)


def test_sorting_by_a_key_without_ties_gives_one_order():
    """MicroPython's sort is not stable: items with equal keys come in any order, so a key must tell all items apart."""
    rows = [(1, "b"), (0, "c"), (1, "a")]
    assert sorted(rows) == [(0, "c"), (1, "a"), (1, "b")]
    ranked = sorted(range(len(rows)), key=lambda index: (rows[index][0], index))
    assert [rows[index] for index in ranked] == [(0, "c"), (1, "b"), (1, "a")]


def test_text_and_bytes_of_utf8():
    assert "Kafejnīca".encode() == b"Kafejn\xc4\xabca"
    assert raises(ValueError, lambda: b"\xff\xfe".decode())  # UnicodeError is a ValueError on both


def test_asserts_are_on_while_tests_run():
    assert raises(AssertionError, _failing_assert)


def _failing_assert():
    assert 1 == 2


def test_json_of_sorted_pairs_is_one_text():
    """Dictionaries have no fixed order on MicroPython: what is signed or hashed is built from sorted pairs."""
    pairs = {"b": 1, "a": [1, "x", None, True]}
    text = "{" + ",".join('"%s":%s' % (key, json.dumps(pairs[key]).replace(", ", ",")) for key in sorted(pairs)) + "}"
    assert text == '{"a":[1,"x",null,true],"b":1}'


def test_dictionary_holds_what_was_put_in_whatever_its_order():
    made = {}
    for number in range(40):
        made["key%d" % (number * 7 % 40)] = number
    assert sorted(made) == sorted("key%d" % number for number in range(40))


def test_the_known_silent_differences_are_the_known_ones():
    """If an interpreter stops being lenient, or becomes so elsewhere, this says which rule of the dialect to look at."""
    lenient = []
    if not raises(struct.error if hasattr(struct, "error") else ValueError, struct.pack, ">H", 70000):
        lenient.append("struct.pack cuts a value that is too large")
    if not raises(TypeError, json.dumps, b"x"):
        lenient.append("json.dumps takes bytes")
    if pow(3, -1, 7) != 5:
        lenient.append("pow has no modular inverse")
    if sorted([(1, "b"), (0, "c"), (1, "a")], key=lambda pair: pair[0]) != [(0, "c"), (1, "b"), (1, "a")]:
        lenient.append("sort is not stable")
    assert sys.implementation.name == "micropython" or lenient == []
    assert sys.implementation.name != "micropython" or "json.dumps takes bytes" in lenient
