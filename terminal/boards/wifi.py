"""Wi-Fi of a board, the same on both ports: `network.WLAN` as a station, its country, no power saving.

Power saving is off: a terminal hangs on a supply, and with it the radio sleeps between beacons, which costs a sync some 100 ms a
packet on the Pico W and has led to connections that fell silent while they looked joined (MicroPython issues 9455 and 16482).
"""

from terminal.compat import sleep_ms

JOIN_MS = 15_000  # a slow access point with WPA3 takes 8 s
LOOK_MS = 100


class Wifi:
    """country: two letters; decides channels and power, and has to be said before the radio is switched on."""

    def __init__(self, country):
        self._country = country
        self._radio = None

    def _open(self):
        import network

        network.country(self._country)
        radio = network.WLAN(network.STA_IF)
        radio.active(True)
        radio.config(pm=network.WLAN.PM_NONE)
        return radio

    async def connect(self, name, password):
        """Join the network `name`; whether it is up. A connection that stands is kept. Other tasks run meanwhile."""
        try:
            radio = self._radio = self._radio or self._open()
            if radio.isconnected():
                return True
            _leave(radio)  # the ESP32 refuses a new try while an old one runs
            radio.connect(name, password)
            for _ in range(JOIN_MS // LOOK_MS):
                await sleep_ms(LOOK_MS)
                if radio.isconnected():
                    return True
            _leave(radio)
        except (OSError, ValueError, RuntimeError):  # no such country, a radio that did not come up: as good as no network
            pass
        return False

    def leave(self):
        """Forget a connection over which nothing comes any more, whatever it says of itself: the next `connect` joins anew."""
        if self._radio is not None:
            _leave(self._radio)


def _leave(radio):
    try:
        radio.disconnect()
    except OSError:  # it was in no network
        pass
