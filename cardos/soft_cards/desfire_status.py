"""Status bytes of MIFARE DESFire, and the refusal that carries one up to the answer.

Sources: public lists of libfreefare and proxmark3, which agree; NT4H2421Gx section 10 for those that NTAG 424 shares.
"""

OK = 0x00
NO_CHANGES = 0x0C
OUT_OF_MEMORY = 0x0E
ILLEGAL_COMMAND = 0x1C
INTEGRITY_ERROR = 0x1E
NO_SUCH_KEY = 0x40
LENGTH_ERROR = 0x7E
SIGNATURE_OK = 0x90  # Read_Sig alone says so
PERMISSION_DENIED = 0x9D
PARAMETER_ERROR = 0x9E
APPLICATION_NOT_FOUND = 0xA0
AUTHENTICATION_DELAY = 0xAD
AUTHENTICATION_ERROR = 0xAE
ADDITIONAL_FRAME = 0xAF
BOUNDARY_ERROR = 0xBE
COMMAND_ABORTED = 0xCA
COUNT_ERROR = 0xCE
DUPLICATE = 0xDE
FILE_NOT_FOUND = 0xF0


class Refusal(Exception):
    """The chip says no: `status` is all that the reader gets, and the session is over."""

    def __init__(self, status):
        super().__init__("status %02X" % status)
        self.status = status
