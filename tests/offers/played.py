"""Helpers of the simulator's tests: an offer from a few words, a small described population."""

import msgspec

from host_tools.offers.language import Offer
from host_tools.offers.pack_toml import PackSource
from host_tools.offers.schema import check_parameters
from host_tools.offers.simulate.population import Population, check_population

MONEY = {"currency": "EUR", "minor_digits": 2}


def source(kind, **parameters):
    """A pack of one offer, as `read_pack` gives it."""
    money = {} if kind == "economics" else MONEY
    offer = Offer(id="tried", kind=kind, parameters=check_parameters(kind, {**money, **parameters}, "test"), names={"en": "Tried <&>"}, source="tried.toml")
    return PackSource(offers=[offer], source="tried.toml")


def population(**settings):
    """A checked population; what is not said is small and does not vary."""
    plain = {"customers": 1, "months": 1, "variance": "none", "churn_per_month_bp": 0, "never_return_bp": 0, "redeem_bp": 10000, "margin_bp": 3000}
    made = msgspec.convert({**plain, **settings}, Population)
    check_population(made, "test")
    return made


def medians(report, place=0):
    """{figure: its median} of one offer of a report."""
    return {name: figure["median"] for name, figure in report["offers"][place]["figures"].items()}
