"""The answer of a calculation (template economics) as sentences, in en, lv, lt and ru.

    sentences({"calc": "discount", "price": 900000, …}, answer, "en")
      -> ["One unit sells for 9000.00 and costs 6300.00.", "The profit before is 2700.00; 450.00 are given away and 2250.00 stay.",
          "That is 1/6 of the profit (16.67 %)."]

Amounts have the currency of the inputs behind them; without one they are told bare.
"""

from fractions import Fraction

from host_tools.offers.economics import WARN_FROM_BP
from host_tools.offers.schema import minor_digits_of

WORDS = {
    "unit": {
        "en": "One unit sells for {price} and costs {cost}.",
        "lv": "Viena vienība maksā {price}, tās pašizmaksa ir {cost}.",
        "lt": "Vieno vieneto kaina {price}, savikaina {cost}.",
        "ru": "Единица стоит {price}, её себестоимость {cost}.",
    },
    "profit": {
        "en": "The profit before is {profit_before}; {given} are given away and {profit_after} stay.",
        "lv": "Peļņa iepriekš ir {profit_before}; atdots tiek {given}, paliek {profit_after}.",
        "lt": "Pelnas prieš tai – {profit_before}; atiduodama {given}, lieka {profit_after}.",
        "ru": "Прибыль до этого {profit_before}; отдаётся {given}, остаётся {profit_after}.",
    },
    "share": {
        "en": "That is {share} of the profit ({share_bp}).",
        "lv": "Tas ir {share} no peļņas ({share_bp}).",
        "lt": "Tai {share} pelno ({share_bp}).",
        "ru": "Это {share} прибыли ({share_bp}).",
    },
    "liability": {
        "en": "The points not spent yet may still cost {liability}; {full} if all of them come back.",
        "lv": "Neiztērētie punkti vēl var izmaksāt {liability}; {full}, ja atnāk visi.",
        "lt": "Nepanaudoti taškai dar gali kainuoti {liability}; {full}, jei sugrįžtų visi.",
        "ru": "Непотраченные баллы могут ещё стоить {liability}; {full}, если вернутся все.",
    },
    "uplift": {
        "en": "To keep the profit, {uplift} more must be sold ({uplift_bp}).",
        "lv": "Lai saglabātu peļņu, jāpārdod par {uplift} vairāk ({uplift_bp}).",
        "lt": "Kad pelnas išliktų, reikia parduoti {uplift} daugiau ({uplift_bp}).",
        "ru": "Чтобы сохранить прибыль, нужно продать на {uplift} больше ({uplift_bp}).",
    },
    "impossible": {
        "en": "No growth makes up for it: the discount takes the whole margin.",
        "lv": "Nekāds pieaugums to neatsver: atlaide apēd visu maržu.",
        "lt": "Joks augimas to nepadengs: nuolaida suvalgo visą maržą.",
        "ru": "Никакой рост этого не покроет: скидка съедает всю маржу.",
    },
    "repeat_rate": {
        "en": "Of those who bought, {repeat_rate_bp} bought again.",
        "lv": "No pircējiem atkārtoti pirka {repeat_rate_bp}.",
        "lt": "Iš pirkusiųjų pakartotinai pirko {repeat_rate_bp}.",
        "ru": "Из покупавших повторно купили {repeat_rate_bp}.",
    },
    "active_share": {
        "en": "{active_share_bp} of the customers are active, {churn_bp} are lost.",
        "lv": "Aktīvi ir {active_share_bp} klientu, zaudēti {churn_bp}.",
        "lt": "Aktyvūs {active_share_bp} klientų, prarasta {churn_bp}.",
        "ru": "Активны {active_share_bp} клиентов, потеряно {churn_bp}.",
    },
    "top_share": {
        "en": "The best customers bring {top_share_bp} of the money.",
        "lv": "Labākie klienti dod {top_share_bp} naudas.",
        "lt": "Geriausi klientai atneša {top_share_bp} pinigų.",
        "ru": "Лучшие клиенты приносят {top_share_bp} денег.",
    },
    "growth": {
        "en": "Against the control group a customer spends {uplift_bp} more.",
        "lv": "Salīdzinājumā ar kontroles grupu klients tērē par {uplift_bp} vairāk.",
        "lt": "Palyginti su kontroline grupe, klientas išleidžia {uplift_bp} daugiau.",
        "ru": "По сравнению с контрольной группой клиент тратит на {uplift_bp} больше.",
    },
    "warnings": {
        "en": "Standing rates from {limit} on are too high: {warnings}.",
        "lv": "Pastāvīgās atlaides no {limit} ir pārāk lielas: {warnings}.",
        "lt": "Nuolatinės nuolaidos nuo {limit} yra per didelės: {warnings}.",
        "ru": "Постоянные скидки от {limit} слишком большие: {warnings}.",
    },
    "no_warnings": {
        "en": "No standing rate reaches {limit}.",
        "lv": "Neviena pastāvīgā atlaide nesasniedz {limit}.",
        "lt": "Nė viena nuolatinė nuolaida nesiekia {limit}.",
        "ru": "Постоянных скидок от {limit} нет.",
    },
}  # fmt: skip
_MONEY = ("cost", "profit_before", "given", "profit_after", "liability", "full")


def sentences(inputs, answer, language="en"):
    """The sentences that fit an answer of `economics`; what has no value in it is left out."""
    digits = inputs.get("minor_digits", minor_digits_of(inputs.get("currency")))
    unit = " " + inputs["currency"] if inputs.get("currency") else ""
    shown = {key: _shown(key, value, digits, unit) for key, value in answer.items()}
    if "price" in inputs:
        shown["price"] = money(Fraction(inputs["price"]), digits) + unit
    if "standing_rates" in inputs:
        limit = inputs.get("warn_from_bp", WARN_FROM_BP)
        shown["limit"] = _rate(limit)
        shown["warnings"] = ", ".join("%s %s" % (name, _rate(bp)) for name, bp in inputs["standing_rates"] if bp >= limit)
    return [WORDS[name][language].format_map(shown) for name in _fitting(inputs["calc"], answer)]


def _fitting(calc, answer):
    if calc == "lint":
        return ["warnings" if answer["warnings"] else "no_warnings"]
    if calc == "kpi":
        keys = ("repeat_rate", "active_share", "top_share", "uplift")
        return ["growth" if key == "uplift" else key for key in keys if answer.get(key) is not None]
    if calc == "uplift":
        return ["uplift" if answer["possible"] else "impossible"]
    if calc == "liability":
        return ["liability"]
    return ["unit", "profit", *(["share"] if answer.get("share") is not None else [])]


def _rate(bp):
    """1/100 % as "20 %" or "19.99 %"."""
    return "%s %%" % money(Fraction(bp), 2).removesuffix(".00")


def _shown(key, value, digits, unit):
    if value is None:
        return "–"
    if key in _MONEY:
        return money(Fraction(value), digits) + unit
    if key.endswith("_bp"):
        return "%s %%" % money(Fraction(value), 2)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def money(value, digits):
    """A Fraction of minor units as people read it, rounded half up: 45000 -> "450.00"."""
    whole = (abs(value) + Fraction(1, 2)) // 1
    text = "%0*d" % (digits + 1, whole)
    return ("-" if value < 0 and whole else "") + (text[:-digits] + "." + text[-digits:] if digits else text)
