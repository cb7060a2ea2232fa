"""One offer or two beside each other, played by the same people: the answer of `stampd offers simulate`.

    simulate(sources, population=None, seeds=200, seed=1, jobs=1) -> report (plain dict, as JSON)

`sources` are one or two `pack_toml.PackSource`. The same plan (who comes when for how much) is played through both packs. Without a
population a calculation brings its own (see own_population), anything else the default one.
"""

from concurrent.futures import ProcessPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import Any

import msgspec

from cardos.errors import BadInput
from host_tools.offers.economics import economics
from host_tools.offers.simulate import own_population as own
from host_tools.offers.simulate.default_population import default_population
from host_tools.offers.simulate.draws import plan_of
from host_tools.offers.simulate.habits import GOODS, default_items, habits_of
from host_tools.offers.simulate.population import Basket, Item, check_population
from host_tools.offers.simulate.run import Scene, Side, play
from host_tools.offers.simulate.sentences import compared, money, quoted, told
from host_tools.offers.simulate.summary import exact_words, figures_over, months_over

SEEDS = 200
SEEDS_MAX = 10_000
PLAYS_MAX = 20_000_000  # events; about an hour
SHARE_OUT_FROM = 20_000  # events from which a second process is worth its start
CODE = "CANNOT_PLAY"


def simulate(sources, population=None, seeds=SEEDS, seed=1, jobs=1):
    """The report of one or two packs; BadInput for what cannot be played or compared. `population` is checked."""
    if not 1 <= seeds <= SEEDS_MAX or not 0 <= seed < 2**63:
        raise BadInput("%d seeds from %d on cannot be played." % (seeds, seed), "Take 1 to %d seeds, from 0 on." % SEEDS_MAX, CODE)
    sources = [_without_calculations(source) for source in sources]
    names, prepared = _names(sources), _prepare(sources, population)
    scenes, sides = [one[0] for one in prepared], [one[1] for one in prepared]
    fixed = all(scene.population.fixed for scene in scenes)
    played = 1 if fixed else seeds
    runs = _runs(scenes, sides, range(seed, seed + played), jobs)
    report = {
        "seeds": {"first": seed, "asked": seeds, "played": played},
        "exact": fixed,
        "currency": scenes[0].currency,
        "minor_digits": scenes[0].minor_digits,
        "offers": [_entry(names[place], prepared[place], [run[place] for run in runs]) for place in range(len(sources))],
    }
    report["comparison"] = compared(report) if len(sources) == 2 else None
    return report


def _without_calculations(source):
    """A pack whose offers can be played; a file that is one calculation stays what it is."""
    if not source.offers:
        raise BadInput("%s has no offers." % source.source, "Add some to it.", CODE)
    if len(source.offers) == 1:
        if own.is_calculation(source.offers[0]):
            own.check_playable(source.offers[0])
        return source
    return msgspec.structs.replace(source, offers=[offer for offer in source.offers if not own.is_calculation(offer)])


def _prepare(sources, population):
    """[(Scene, Side, formula or None)] of the sources."""
    alone = [source.offers[0] for source in sources if len(source.offers) == 1 and own.is_calculation(source.offers[0])]
    if population is None and len(alone) == len(sources):
        return _own(sources, alone)
    sources = [msgspec.structs.replace(source, offers=[_playable(offer) for offer in source.offers]) for source in sources]
    currency, digits = _one_currency(sources)
    offers = [offer for source in sources for offer in source.offers]
    notes, margin = [], None
    if population is None:
        population = default_population(offers)
        for offer in alone:
            margin = own.margin_share(offer)
            population = msgspec.structs.replace(population, basket=Basket(mean=offer.parameters["price"]))
            notes.append("Basket and margin are those of %s." % offer.id)
        if not alone:
            words = "A margin of 30 %% and a basket of %s are assumed; describe yours with --population."
            notes.append(words % money(population.basket.mean, digits, currency))
    items = population.items or default_items(offers, population)
    check_population(population, "population")
    scene = Scene(population, items, population.margin if margin is None else margin, currency, digits, Fraction(1))
    return [(scene, _side(source, source.offers, population, notes), None) for source in sources]


def _own(sources, offers):
    """Calculations under the population that their own numbers mean; where only one says how many purchases, both have them."""
    said = [offer.parameters["purchases"] for offer in offers if "purchases" in offer.parameters]
    same = len({offer.parameters["price"] for offer in offers}) == 1 and len({own.margin_share(offer) for offer in offers}) == 1
    purchases = said[0] if said and same else None
    prepared = []
    for source, offer in zip(sources, offers):
        scale = own.scale_of(offer)
        population = own.own_population(offer, scale, purchases)
        twin = own.twin(offer, scale)
        scene = Scene(population, (Item(category=GOODS),), own.margin_share(offer), twin.parameters["currency"], twin.parameters["minor_digits"], scale)
        formula = {key: value for key, value in offer.parameters.items() if key not in ("currency", "minor_digits")}
        if purchases is not None and formula["calc"] == "bonus":
            formula.setdefault("purchases", purchases)
        notes = [] if same else ["The two have different prices or margins: compare shares, not sums."]
        if purchases is not None and "purchases" not in offer.parameters:
            notes.append("Played with %d purchases of each customer, as the other one." % purchases)
        prepared.append((scene, _side(source, [twin], population, notes), economics(formula)))
    return prepared


def _playable(offer):
    return own.twin(offer) if own.is_calculation(offer) else offer


def _side(source, offers, population, notes):
    from host_tools.offers.compiler import compile_pack

    first = offers[0].parameters
    pack = compile_pack(
        offers, number=source.number, scheme=source.scheme if source.scheme is not None else 0xFFFF, currency=source.currency or first["currency"],
        minor_digits=source.minor_digits if source.minor_digits is not None else first["minor_digits"], groups=source.groups or None,
    )  # fmt: skip
    habits = habits_of(offers, population)
    return Side(source.source, pack, habits._replace(notes=[*notes, *habits.notes]))


def _names(sources):
    """[(name in tables and plots, label inside sentences)]; two that are called alike carry their file."""
    names: list[tuple[str, ...]] = []
    for source in sources:
        offer = source.offers[0]
        if len(source.offers) > 1:
            path = Path(source.source)
            name = path.parent.name if path.stem == "pack" and path.parent.name else path.stem
            names.append((name, quoted(name)))
        elif own.is_calculation(offer):
            title = own.title(offer)
            names.append((title[0].upper() + title[1:], "the " + title))
        else:
            names.append((offer.name(), quoted(offer.name())))
    for also in ([Path(source.source).stem for source in sources], ["first", "second"]):
        if len({name for name, _ in names}) < len(names):
            names = [tuple("%s (%s)" % (word, more) for word in pair) for pair, more in zip(names, also)]
    return names


def _one_currency(sources):
    found: list[tuple[str, int]] = []
    for source in sources:
        first = source.offers[0].parameters
        pair = (source.currency or first["currency"], source.minor_digits if source.minor_digits is not None else first["minor_digits"])
        if found and pair != found[0]:
            raise BadInput("%s is in %s, %s in %s." % (sources[0].source, found[0][0], source.source, pair[0]), "Compare offers of one currency.", CODE)
        found.append(pair)
    return found[0]


def _runs(scenes, sides, seeds, jobs):
    """[[(figures, months, refused, declined) of each side] of each seed], in the order of the seeds."""
    population = scenes[0].population
    events = int(population.customers * (population.months or 12) * (population.visits_per_month + 1)) * len(seeds) * len(sides)
    if events > PLAYS_MAX:
        raise BadInput("That would be %d sales." % events, "Take fewer customers, months or seeds.", CODE)
    seeds = list(seeds)
    jobs = max(1, min(jobs, len(seeds))) if events >= SHARE_OUT_FROM else 1
    if jobs == 1:
        return _play_seeds(scenes, sides, seeds)
    runs: dict[int, list] = {}
    with ProcessPoolExecutor(jobs) as pool:
        parts = [seeds[place::jobs] for place in range(jobs)]
        for part, played in zip(parts, pool.map(_play_seeds, [scenes] * jobs, [sides] * jobs, parts)):
            runs.update(zip(part, played))
    return [runs[seed] for seed in seeds]


def _play_seeds(scenes, sides, seeds):
    runs = []
    for seed in seeds:
        plans: list[tuple[Scene, Any]] = []
        run = []
        for scene, side in zip(scenes, sides):
            plan = next((plan for known, plan in plans if known is scene), None)
            if plan is None:
                plan = plan_of(scene.population, scene.items, seed)
                plans.append((scene, plan))
            books = play(scene, side, plan)
            run.append((books.figures(), books.months, books.refused, books.declined))
        runs.append(run)
    return runs


def _entry(names, prepared, runs):
    """One offer's part of the report."""
    scene, side, formula = prepared
    first = runs[0][0]
    entry = {
        "name": names[0],
        "label": names[1],
        "file": side.source,
        "population": _described(scene),
        "figures": figures_over([run[0] for run in runs]),
        "months": months_over(scene.population.spans(), [run[1] for run in runs]),
        "exact": exact_words(first, scene.margin, Fraction(scene.population.basket.mean, scene.scale)) if scene.population.fixed else None,
        "formula": formula,
        "notes": [*side.habits.notes, *_refusals(runs)],
    }
    if formula is not None and entry["exact"] is not None:
        entry["formula_agrees"] = all(entry["exact"].get(key) == value for key, value in formula.items())
    entry["sentences"] = told(entry, scene)
    return entry


def _described(scene):
    """The population as a table, with what it left open filled in; amounts in minor units."""
    table = msgspec.to_builtins(scene.population)
    for key in ("months", "days", "margin_bp", "cost_bp", "markup_bp", "spends_max"):
        if table.get(key) is None:
            table.pop(key, None)
    if scene.scale != 1:
        table["basket"] = {"mean": int(scene.population.basket.mean / scene.scale)}
    table["basket"]["p90"] = int(scene.population.p90 / scene.scale)
    table["items"] = [msgspec.to_builtins(item) for item in scene.items]
    for key in ("margin_bp", "cost_bp", "markup_bp"):
        table.pop(key, None)
    table["margin"] = str(scene.margin)
    return table


def _refusals(runs):
    """What the till said no to, over all runs."""
    notes: list[str] = []
    for place, words in ((2, "%d sales were refused with %s and counted at full price."), (3, "%d sales went on without the benefit: %s.")):
        totals: dict[str, int] = {}
        for run in runs:
            for code, count in run[place].items():
                totals[code] = totals.get(code, 0) + count
        notes.extend(words % (totals[code], code) for code in sorted(totals))
    return notes


