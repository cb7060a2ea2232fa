"""How a rule says no. Raised inside an evaluation only; `evaluate` and `refund` turn it into `effects["refused"]`."""

from cardos.errors import StampdError


class Refusal(StampdError):
    """An event that changes nothing. code: one of the stable words of docs/offers.md, "Refusals"."""

    def __init__(self, code):
        super().__init__(code, "", code)
