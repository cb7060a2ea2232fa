"""One function a template: (builder, offer, parameters) -> None. It says what the mechanic is made of.

Parameters are plain and checked by `host_tools.offers.schema`. The words that rules are made of are described where they run,
in `cardos/offers/`. `TEMPLATES` has the functions by the template's name.
"""

from host_tools.offers.templates import groups, levels, people, points, prices, stamps

TEMPLATES = {**stamps.TEMPLATES, **prices.TEMPLATES, **groups.TEMPLATES, **points.TEMPLATES, **levels.TEMPLATES, **people.TEMPLATES}
