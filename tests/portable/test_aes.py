"""The one AES back end gives the published answers on every interpreter (NIST SP 800-38A, section F.2.1, CBC-AES128)."""

from cardos.crypto.aes import cbc_decrypt, cbc_encrypt

KEY = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c")
IV = bytes.fromhex("000102030405060708090a0b0c0d0e0f")
PLAIN = bytes.fromhex("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
CIPHER = bytes.fromhex("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")


def test_cbc_encrypts_as_published():
    assert cbc_encrypt(KEY, IV, PLAIN) == CIPHER


def test_cbc_decrypts_as_published():
    assert cbc_decrypt(KEY, IV, CIPHER) == PLAIN
