"""The five keys of a soft NTAG 424 DNA and what wrong attempts do to them (NT4H2421Gx section 9; AN12196 section 7.4).

Each key counts its own failures: all of them (TotFailCtr, which kills it at the limit) and those in a row, which make the
chip answer AUTHENTICATION_DELAY for a while. How long is not public. Chosen here: from the 50th failure in a row on, one
such answer more for each further failure, up to the end of the one-byte counter; the wait survives power-off.
"""

from cardos.soft_cards import state_fields as fields

KEY_BYTES = 16
KEY_COUNT = 5
DELAY_FROM = 50
IN_A_ROW_LAST = 255
FAILURE_LIMIT, FAILURE_STEP = 1000, 10  # as delivered
COUNT_LAST = 0xFFFF


class FailureRule:
    """What SetConfiguration option 0A sets. limit: failures that kill a key. step: what one success takes off again."""

    def __init__(self, enabled=True, limit=FAILURE_LIMIT, step=FAILURE_STEP):
        self.enabled = enabled
        self.limit = limit
        self.step = step

    def set(self, enabled, limit, step):
        """Numbers that come with switching it off are ignored."""
        self.enabled = enabled
        if enabled:
            self.limit, self.step = limit, step

    def state(self):
        return {"enabled": self.enabled, "limit": self.limit, "step": self.step}

    @classmethod
    def from_state(cls, state):
        state = fields.an_object(state, "failure_rule")
        return cls(
            fields.one_of(state.get("enabled"), (False, True), "failure_rule.enabled"),
            fields.number(state.get("limit"), 1, COUNT_LAST, "failure_rule.limit"),
            fields.number(state.get("step"), 0, COUNT_LAST, "failure_rule.step"),
        )


class KeySlot:
    """One AES key, its version and its counters."""

    def __init__(self, key=bytes(KEY_BYTES), version=0, failures=0, in_a_row=0, delay=0):
        self.key = key
        self.version = version
        self.failures = failures
        self.in_a_row = in_a_row
        self.delay = delay  # AUTHENTICATION_DELAY answers still to come

    def is_dead(self, rule):
        return rule.enabled and self.failures >= rule.limit

    def failed(self, rule):
        """A wrong answer to the challenge."""
        if rule.enabled:
            self.failures = min(self.failures + 1, COUNT_LAST)
        self.in_a_row = min(self.in_a_row + 1, IN_A_ROW_LAST)
        self.delay = max(0, self.in_a_row - DELAY_FROM + 1)

    def waited(self):
        """One AUTHENTICATION_DELAY was answered."""
        self.delay -= 1

    def succeeded(self, rule):
        self.failures = max(0, self.failures - rule.step) if rule.enabled else self.failures
        self.in_a_row = self.delay = 0

    @property
    def is_clean(self):
        """True when a success would change nothing."""
        return not (self.failures or self.in_a_row or self.delay)

    def change(self, key, version):
        """A new key makes a dead one usable again."""
        self.key, self.version = key, version
        self.failures = self.in_a_row = self.delay = 0

    def state(self):
        return {
            "key": self.key.hex(),
            "version": self.version,
            "failures": self.failures,
            "in_a_row": self.in_a_row,
            "delay": self.delay,
        }

    @classmethod
    def from_state(cls, state):
        state = fields.an_object(state, "keys")
        return cls(
            fields.hex_bytes(state.get("key"), KEY_BYTES, "key"),
            fields.number(state.get("version"), 0, 255, "key.version"),
            fields.number(state.get("failures"), 0, COUNT_LAST, "key.failures"),
            fields.number(state.get("in_a_row"), 0, IN_A_ROW_LAST, "key.in_a_row"),
            fields.number(state.get("delay"), 0, IN_A_ROW_LAST, "key.delay"),
        )
