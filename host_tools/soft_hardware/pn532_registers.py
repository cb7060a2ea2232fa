"""The registers of the PN532's contactless unit that its users look at, and CRC_A (ISO 14443-3, annex B)."""

TX_MODE, RX_MODE, TX_CONTROL, TX_AUTO, FIFO_DATA, FIFO_LEVEL = 0x6302, 0x6303, 0x6304, 0x6305, 0x6339, 0x633A

CRC_ON = 0x80
REQA = 0x26  # stays in the FIFO when no card answered


class Registers:
    """Keeps what is written. A register nobody wrote reads 00."""

    def __init__(self):
        self._values = {TX_MODE: CRC_ON, RX_MODE: CRC_ON, TX_CONTROL: 0x80, TX_AUTO: 0x40}

    @property
    def checks_crc(self):
        """True when the unit checks and strips the CRC of answers (RxCRCEn)."""
        return bool(self._values[RX_MODE] & CRC_ON)

    @property
    def adds_crc(self):
        """True when the unit appends the CRC to what it sends (TxCRCEn); else the host sends it."""
        return bool(self._values[TX_MODE] & CRC_ON)

    def read_all(self, data):
        """Values of the registers whose 2-byte addresses stand in `data`."""
        return bytes(self._values.get(data[i] << 8 | data[i + 1], 0x00) for i in range(0, len(data), 2))

    def write_all(self, data):
        """Take address, address, value triples."""
        for i in range(0, len(data), 3):
            self._values[data[i] << 8 | data[i + 1]] = data[i + 2]

    def show_field(self, on):
        """TxControl says which antenna drivers are on."""
        self._values[TX_CONTROL] = self._values[TX_CONTROL] & 0xFC | (0x03 if on else 0x00)

    def show_request(self, *, answered):
        """What a request for type A at 106 kbps leaves: CRC on, and REQA in the FIFO when there was no answer."""
        self._values[TX_MODE] = self._values[RX_MODE] = CRC_ON
        self._values[FIFO_DATA] = 0x00 if answered else REQA
        self._values[FIFO_LEVEL] = 0


def crc_a(data):
    """The 2 CRC bytes as they go on air, low byte first."""
    crc = 0x6363
    for byte in data:
        byte ^= crc & 0xFF
        byte = (byte ^ byte << 4) & 0xFF
        crc = crc >> 8 ^ byte << 8 ^ byte << 3 ^ byte >> 4
    return bytes([crc & 0xFF, crc >> 8])
