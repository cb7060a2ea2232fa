"""An ISO-DEP card that only echoes: for tests of everything around a card."""

from cardos.soft_cards.iso_dep_chip import IsoDepChip

ATS = b"\x06\x75\x77\x81\x02\x80"
UID = b"\x04\xa1\xb2\xc3\xd4\xe5\xf6"


class EchoChip(IsoDepChip):
    """Answers a command with itself, `times` times over, and 90 00. commands: what arrived."""

    def __init__(self, times=1):
        super().__init__()
        self.uid = UID
        self.times = times
        self.commands = []

    def _command(self, frame):
        self.commands.append(frame)
        return frame * self.times + b"\x90\x00"
