"""Every vector of the files in tests/vectors that this part of the product must fit, and the library's own CMAC beside ours."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import algorithms
from hypothesis import given
from hypothesis import strategies as st

from cardos.crypto.an10922 import diversify_aes128
from cardos.crypto.cmac import Cmac, aes_cmac
from cardos.ndef import read_link, uri_message

VECTORS = Path(__file__).parent.parent / "vectors"


def entries(file, kind):
    return json.loads((VECTORS / file).read_text())["vectors"][kind]


def ids(entry):
    return entry["id"]


@pytest.mark.parametrize("entry", entries("cmac.json", "aes_cmac"), ids=ids)
def test_aes_cmac(entry):
    assert aes_cmac(bytes.fromhex(entry["key"]), bytes.fromhex(entry["msg"])).hex() == entry["mac"]


@pytest.mark.parametrize("entry", entries("cmac.json", "aes_cmac_subkeys"), ids=ids)
def test_aes_cmac_subkeys(entry):
    made = Cmac(bytes.fromhex(entry["key"]))
    assert (made.k1.hex(), made.k2.hex()) == (entry["k1"], entry["k2"])


@pytest.mark.parametrize("entry", [e for e in entries("an10922.json", "an10922") if e["alg"] == "AES-128"], ids=ids)
def test_an10922(entry):
    made = diversify_aes128(bytes.fromhex(entry["key"]), bytes.fromhex(entry["m"])).hex()
    assert (made == entry["out"]) is entry["conformant"]  # what is not AN10922 must not come out of it


@pytest.mark.parametrize("entry", [e for e in entries("ndef.json", "ndef_layout") if e["tlv"]], ids=ids)
def test_the_link_of_a_type_2_layout(entry):
    area = bytes.fromhex(entry["tlv"])
    link = read_link(area)
    assert link is not None and uri_message(link).hex() in entry["tlv"]


@given(st.binary(min_size=16, max_size=16), st.binary(max_size=100))
def test_our_cmac_is_the_librarys(key, message):
    theirs = cmac.CMAC(algorithms.AES(key))
    theirs.update(message)
    assert aes_cmac(key, message) == theirs.finalize()
