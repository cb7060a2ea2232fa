"""Status bytes of the NTAG 424 DNA's own commands, the second byte of 91xx (NT4H2421Gx section 10.2, tables 23 and 95)."""

OPERATION_OK = 0x00
SIGNATURE_COMMAND_NOT_FOUND = 0x0B  # Read_Sig only: random ID without authentication, or a wrong MAC
SIGNATURE_FORMAT_ERROR = 0x0C  # Read_Sig only: length or address
ILLEGAL_COMMAND = 0x1C
INTEGRITY_ERROR = 0x1E
NO_SUCH_KEY = 0x40
LENGTH_ERROR = 0x7E
SIGNATURE_OK = 0x90  # Read_Sig alone says so (AN12196 section 7.2)
PERMISSION_DENIED = 0x9D
PARAMETER_ERROR = 0x9E
AUTHENTICATION_DELAY = 0xAD
AUTHENTICATION_ERROR = 0xAE
ADDITIONAL_FRAME = 0xAF
BOUNDARY_ERROR = 0xBE
COMMAND_ABORTED = 0xCA
FILE_NOT_FOUND = 0xF0


class NativeRefused(Exception):
    """The command ends with 91 `status`, and the session with it."""

    def __init__(self, status):
        super().__init__("91%02X" % status)
        self.status = status


def u24(data, offset=0):
    """Three bytes, least significant first, as they stand in the native commands."""
    return data[offset] | data[offset + 1] << 8 | data[offset + 2] << 16
