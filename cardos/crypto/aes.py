"""The one AES back end: `cryptography` on a PC, `cryptolib` on a board. Nothing of the cipher is written here.

Both give the same two functions; this is the only file in the package that imports a library outside the standard one.
"""

try:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    BACK_END = "cryptography"

    def cbc_encrypt(key, iv, data):
        """AES-CBC of `data` (a multiple of 16 bytes, no padding) under a 16-byte `key` and `iv`."""
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return encryptor.update(data) + encryptor.finalize()

    def cbc_decrypt(key, iv, data):
        """The inverse of `cbc_encrypt`."""
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        return decryptor.update(data) + decryptor.finalize()

except ImportError:
    try:
        from cryptolib import aes as _aes
    except ImportError:
        _aes = None

    BACK_END = "cryptolib" if _aes else None
    _MODE_CBC = 2

    def _cipher(key, iv, data):
        if _aes is None:
            raise RuntimeError("this interpreter has no AES (neither cryptography nor cryptolib)")
        if len(data) % 16:
            raise ValueError("AES data must be whole blocks")
        return _aes(key, _MODE_CBC, iv)

    def cbc_encrypt(key, iv, data):
        """AES-CBC of `data` (a multiple of 16 bytes, no padding) under a 16-byte `key` and `iv`."""
        return bytes(_cipher(key, iv, data).encrypt(data))

    def cbc_decrypt(key, iv, data):
        """The inverse of `cbc_encrypt`."""
        return bytes(_cipher(key, iv, data).decrypt(data))
