"""Every word of a pack has a sentence in every language, and the sentences read as people speak."""

import random
import re
from pathlib import Path

import pytest

from cardos.offers.pack_words import CONDITIONS, FIELDS, ROWS, SINGLES, SOURCES
from host_tools.offers.checking import compiled
from host_tools.offers.explain import LANGUAGES, clauses, explain, next_prompt, once, rules, sentences
from host_tools.offers.explain.owners import row_owners
from host_tools.offers.explain.speech import Speech, words_of
from host_tools.offers.language import Offer
from host_tools.offers.lint import lint
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.replay import pack_of_row
from host_tools.offers.state import state_of
from tests.offers.draw import KINDS as DRAWN
from tests.offers.draw import draw_row
from tests.offers.every_word import every_word

GALLERY = Path(__file__).resolve().parents[2] / "docs" / "offers"
PACK = {"currency": "EUR", "minor_digits": 2, "counters": [], "next": []}


def pack_of(kind, **parameters):
    return pack_of_row({"id": "x", "kind": kind, "parameters": {"currency": "EUR", "minor_digits": 2, **parameters}})


def custom(counters=(), rules_=()):
    from host_tools.offers.compiler import compile_pack
    return compile_pack([Offer(id="own", kind="custom", names={"en": "Own"}, parameters={
        "currency": "EUR", "minor_digits": 2, "counters": list(counters), "rules": list(rules_)})])


# --- every word

@pytest.mark.parametrize("language", LANGUAGES)
def test_every_operation_has_a_function_and_a_sentence_in_each_language(language):
    told = words_of(language)["sentences"]
    assert set(rules.RULES) == set(FIELDS)
    assert [word for word in FIELDS if not any(key == word or key.startswith(word + ".") for key in told)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_condition_source_single_and_counter_has_a_phrase(language):
    words = words_of(language)
    assert set(clauses.CONDITIONS) == set(CONDITIONS) and set(clauses.SOURCES) == set(SOURCES)
    assert [word for word in (*CONDITIONS, "all", "any", "not") if word not in words["conditions"]] == []
    assert [word for word in SOURCES if word not in words["sources"]] == []
    assert set(once.SINGLES) == set(SINGLES) and [word for word in SINGLES if word not in words["sentences"]] == []
    assert set(once.ROWS) == set(ROWS) and [kind for kind in ROWS if "row." + kind not in words["sentences"]] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_pack_of_all_words_is_told_whole(language):
    for sentence in explain(every_word(), language)[0]["sentences"]:
        assert "{" not in sentence and sentence.endswith("."), sentence


@pytest.mark.parametrize("seed", range(30))
def test_drawn_offers_are_told_and_looked_at_in_every_language(seed):
    rng = random.Random(seed)
    for kind in rng.sample(sorted(set(DRAWN) - {"economics"}), 4):
        pack = pack_of_row(draw_row(kind, rng))
        for language in LANGUAGES:
            assert all(sentence.endswith(".") and "{" not in sentence for sentence in sentences(pack, language))
        assert all(finding["severity"] != "error" for finding in lint(pack)) and state_of(pack)["needs"] <= 9


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_all_languages_have_the_same_keys(language):
    english, theirs = words_of("en"), words_of(language)
    for table in ("nouns", "labels", "goods", "dates", "conditions", "sources", "parts", "sentences"):
        assert set(theirs[table]) == set(english[table]), table
    assert {key for key in theirs if isinstance(theirs[key], str)} == {key for key in english if isinstance(english[key], str)}
    assert len(theirs["months_from"]) == len(theirs["months_to"]) == 12 and len(theirs["weekdays"]) == 7


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_noun_has_a_form_for_every_number(language):
    speech = Speech(PACK, language)
    for noun in words_of(language)["nouns"]:
        for n in (0, 1, 2, 5, 11, 12, 21, 22, 111):
            assert speech.count(n, noun)
        assert speech.many(noun)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_gallery_is_told_in_whole_sentences(language):
    for file in [*sorted(GALLERY.glob("*.toml")), GALLERY / "shop" / "pack.toml"]:
        source = read_pack(file)
        if source.offers[0].kind == "economics":
            continue
        for about in explain(compiled(source), language):
            assert about["name"] and about["sentences"], file.name
            for sentence in about["sentences"]:
                assert re.fullmatch(r"[^a-zа-яāčēģīķļņšūžąęėįųū].*[^.]\.", sentence), sentence
                assert "{" not in sentence and "  " not in sentence and " ," not in sentence, sentence


# --- how they read

def test_a_stamp_card_reads_well_aloud():
    pack = pack_of("stamp-card", category="contact-lenses", stamps_needed=10, per_qty=1, free_qty=1, max_free_per_sale=1)
    assert sentences(pack)[:2] == [
        "Every unit of contact-lenses bought gives one stamp.",
        "Collecting ten stamps makes one unit of contact-lenses free; the cheapest goes free, at most once per sale.",
    ]
    assert sentences(pack, "lv")[0] == "Katra nopirktā preču „contact-lenses” vienība dod 1 zīmogu."
    assert sentences(pack, "lt")[0] == "Kiekvienas nupirktas prekių „contact-lenses“ vienetas duoda 1 antspaudą."
    assert sentences(pack, "ru")[0] == "Каждая купленная штука товаров «contact-lenses» даёт 1 штамп."


@pytest.mark.parametrize("n, words", [
    (1, ("one point", "1 punktu", "1 tašką", "1 балл")), (2, ("two points", "2 punktus", "2 taškus", "2 балла")),
    (5, ("five points", "5 punktus", "5 taškus", "5 баллов")), (10, ("ten points", "10 punktus", "10 taškų", "10 баллов")),
    (11, ("11 points", "11 punktus", "11 taškų", "11 баллов")), (21, ("21 points", "21 punktu", "21 tašką", "21 балл")),
    (112, ("112 points", "112 punktus", "112 taškų", "112 баллов")),
    (12000, ("12,000 points", "12\u00a0000 punktus", "12\u00a0000 taškų", "12\u00a0000 баллов")),
])  # fmt: skip
def test_numbers_take_the_form_that_the_language_asks_for(n, words):
    told = tuple(Speech(PACK, language).count(n, "points") for language in LANGUAGES)
    assert told == words


def test_numbers_in_order():
    assert [Speech(PACK).ordinal(n) for n in (1, 3, 10, 11, 12, 21, 22, 111)] == ["first", "third", "tenth", "11th", "12th", "21st", "22nd", "111th"]
    assert [Speech(PACK, language).ordinal(3) for language in LANGUAGES[1:]] == ["3.", "3-as", "3-я"]


def test_short_times():
    assert [Speech(PACK).span(2557, end) for end in (2557, 2558, 2559)] == [
        "on 1 January 2027", "on 1 January 2027 and 2 January 2027", "from 1 January 2027 through 3 January 2027"]
    assert [Speech(PACK, language).span(2557, 2557) for language in LANGUAGES[1:]] == [
        "no 2027. gada 1. janvāra līdz 2027. gada 1. janvārim", "2027 m. sausio 1 d.", "1 января 2027 года"]


def test_rates_and_money():
    speech = Speech(PACK)
    assert [speech.rate(bp) for bp in (500, 250, 205, 1, 0, 10000)] == ["5 %", "2.5 %", "2.05 %", "0.01 %", "0 %", "100 %"]
    assert [speech.money(minor) for minor in (5, 1250, 123456789)] == ["0.05 EUR", "12.50 EUR", "1,234,567.89 EUR"]
    assert Speech({**PACK, "minor_digits": 0, "currency": "JPY"}, "lv").money(500) == "500 JPY"
    assert Speech({**PACK, "minor_digits": 3}, "ru").money(1500) == "1,500 EUR"
    assert Speech(PACK, "lt").rate(250) == "2,5 %"


def test_dates_are_readable_and_open_ends_are_said():
    assert Speech(PACK).dates(2557, 2921) == "from 1 January 2027 through 31 December 2027"
    assert Speech(PACK, "lv").dates(0, 2921) == "līdz 2027. gada 31. decembrim"
    assert Speech(PACK, "ru").dates(2557, 0) == "с 1 января 2027 года"
    assert [Speech(PACK, language).dates(0, 0) for language in LANGUAGES] == [
        "without an end", "bez beigu termiņa", "be pabaigos termino", "без срока окончания"]


def test_conditions_stand_behind_their_rule():
    pack = custom([{"name": "visits", "kind": "plain"}], [
        {"phase": "prices", "op": "off", "on": ["cake"], "amount": 200,
         "when": ["all", ["weekdays", 1, 2], ["hours", 480, 630], ["not", ["has", "coffee"]], ["any", ["basket", 1000], ["at-least", "visits", 3]]]},
    ])
    assert sentences(pack)[:2] == [
        "2.00 EUR off cake, once per sale.",
        "This applies only when it is Monday or Tuesday, the time is between 8:00 and 10:30, it is not so that coffee is in the basket "
        "and either the basket comes to 10.00 EUR or more or the counter “visits” is at least 3.",
    ]


def test_dates_of_a_whole_offer_are_told_once():
    from host_tools.offers.compiler import compile_pack
    offer = Offer(id="a", kind="nth-unit", names={"en": "A"}, starts=2557, ends=2600, parameters={
        "currency": "EUR", "minor_digits": 2, "category": "tea", "nth": 2, "off_bp": 5000, "card_required": False, "earn_bp": 100, "point_value": 1})
    told = sentences(compile_pack([offer]))
    assert told[-1] == "The whole offer applies only when the day is from 1 January 2027 through 13 February 2027."
    assert sum("applies" in sentence for sentence in told) == 1


def test_a_group_is_told_to_each_of_its_offers():
    shop = explain(compiled(read_pack(GALLERY / "shop" / "pack.toml")))
    grouped = [about["offer"] for about in shop if any(sentence.startswith("Only one of the offers") for sentence in about["sentences"])]
    assert grouped == ["baskets", "spring-code", "staff"]


def test_what_comes_on_top_of_every_choice_is_told_behind_the_choice():
    told = sentences(compiled(read_pack(GALLERY / "e01-code-or-standing-rate.toml")))
    assert told[0].startswith("Whoever says the code SPRING15 gets 15 % off coffee")
    assert told[1:5] == [
        "A customer who has bought with the card before gets 10 % off coffee.",
        "Of these prices only the one that leaves the customer least to pay applies.",
        "A customer who has bought with the card before gets 50.00 EUR off machine, once per sale.",
        "Every purchase adds one to the counter “purchases”.",
    ]


@pytest.mark.parametrize("file, said", [
    ("a02-no-card-needed", "In one sale, units of toothbrush are sorted from dear to cheap: every second one is 50 % cheaper."),
    ("b07-season-pass", "With a valid pass, there is 50 % off ticket."),
    ("b08-delivery-pass", "With a valid pass, delivery is free."),
    ("b09-group-price", "Until the last day written on the card, its group has a discount on everything, except gift-card: staff 15 % and student 10 %."),
    ("c08-welcome-and-double-days", "On 27 November 2028 and 28 November 2028 points count double."),
    ("d05-perks-by-level", "Silver opens free-delivery; gold opens free-delivery and longer-warranty."),
    ("e06-companion", "With the card, a buyer of fare may take one companion along free."),
    ("e07-several-shops", "The customer collects points worth a share of what is paid: 3 % at bakery, 5 % at bookshop and 4 % at florist."),
])  # fmt: skip
def test_examples_read_as_people_speak(file, said):
    told = sentences(compiled(read_pack(GALLERY / (file + ".toml"))))
    assert said in told and not any("pass is valid" in sentence for sentence in told)


def test_what_an_offer_only_notes_is_not_said_to_have_no_end():
    for file in ("b02-card-after-a-big-purchase", "e01-code-or-standing-rate", "a06-empties-for-a-gift"):
        assert not any("has no end" in sentence for sentence in sentences(compiled(read_pack(GALLERY / (file + ".toml")))))
    assert "The counter “points” has no end." in sentences(pack_of("cashback", earn_bp=500, point_value=1, earn_base="net"))


def test_a_condition_beside_the_pass_is_told():
    pack = custom([{"name": "valid_to", "kind": "date"}], [
        {"phase": "prices", "op": "rate", "on": ["tea"], "rates": [{"is": "fixed", "bp": 500}], "when": ["all", ["good", "valid_to"], ["basket", 1000]]}])
    assert sentences(pack)[:2] == ["With a valid pass, there is 5 % off tea.", "This applies only when the basket comes to 10.00 EUR or more."]


def test_points_for_joining_end_with_their_offer():
    from host_tools.offers.compiler import compile_pack
    offer = Offer(id="a", kind="welcome-window", names={"en": "A"}, starts=2557, ends=2600, parameters={
        "currency": "EUR", "minor_digits": 2, "welcome": 50, "step": 100, "per_step": 0, "point_value": 1, "windows": [], "grants": {}})
    assert sentences(compile_pack([offer]))[0] == "Joining gives 50 points, once per card, from 1 January 2027 through 13 February 2027."


def test_an_offer_without_rules_is_a_calculation():
    pack = custom(rules_=[{"phase": "earn", "op": "share", "to": "shelter", "bp": 50}])
    pack["rules"]["earn"] = []
    assert sentences(pack) == ["The till does nothing for this offer: it is a calculation."]


def test_counters_belong_to_the_first_offer_that_uses_them():
    shop = compiled(read_pack(GALLERY / "shop" / "pack.toml"))
    named = {about["name"]: shop["offers"][owner]["id"] for about, owner in zip(shop["counters"], row_owners(shop))}
    assert named == {"stamps": "coffee-stamps", "points": "cashback", "pack.flags": "welcome", "staff.group": "staff"}


def test_the_zone_of_a_pack_is_told_at_the_end():
    pack = {**pack_of("cashback", earn_bp=500, point_value=1, earn_base="net"), "zone": "Europe/Riga"}
    assert sentences(pack)[-1] == "Days, months and years end at midnight in the time zone Europe/Riga."
    assert not any("Riga" in sentence for about in explain(pack) for sentence in about["sentences"])


# --- the till's prompt

def test_the_till_tells_the_next_band():
    pack = pack_of("basket-bands", mode="basket", bands=[[1000, 500], [2000, 800]], compare=">=", spend_unit=100)
    told = [next_prompt(pack, 2000, 800, 200, language) for language in LANGUAGES]
    assert told == ["2.00 more for 8 %", "Vēl 2,00 līdz 8 %", "Dar 2,00 iki 8 %", "Ещё 2,00 до 8 %"]


def test_the_prompt_speaks_money_or_units_as_the_counter_does():
    monthly = pack_of("month-benefit", mode="amount", bands=[[0, 100], [200, 200]], spend_unit=100, voucher_unit=100)
    yearly = pack_of("marginal-units", category="lamps", bands=[[0, 0], [100, 500]])
    assert next_prompt(monthly, 200, 200, 15) == "15.00 more for 2 %"
    assert next_prompt(yearly, 100, 500, 12) == "12 units more for 5 %"
    assert next_prompt(yearly, 100, 500, 1, "ru") == "Ещё 1 штуку до 5 %"
