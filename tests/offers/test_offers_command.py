"""`stampd offers check | explain | compile | replay | migrate`, as a person and as a script meet them."""

import json

import pytest
from click.testing import CliRunner

from host_tools.cli.main import stampd
from host_tools.offers.migration import counter_map
from host_tools.offers.signing import sign_pack, verify_pack
from host_tools.provisioning.keys import test_keys
from tests.house_rules.sources import ROOT

SHOP = ROOT / "docs" / "offers" / "shop"
STAMPS = 'template = "stamp-card"\ncategory = "coffee"\nstamps_needed = %d\n'
POINTS = 'template = "cashback"\nearn_bp = 500\npoint_value = 1\n'
SALE = {"at": "2026-03-01T10:00", "on": "sale", "lines": [{"sku": "c", "category": "coffee", "qty": 3, "unit_price": 250}], "currency": "EUR"}


@pytest.fixture
def shop(tmp_path):
    """A home without keys beside a pack of two offers."""
    write_pack(tmp_path)
    return tmp_path


def write_pack(folder, number=1, needed=10, offers=("stamps", "points")):
    (folder / "stamps.toml").write_text(STAMPS % needed)
    (folder / "points.toml").write_text(POINTS)
    names = json.dumps([name + ".toml" for name in offers])
    (folder / "pack.toml").write_text('offers = %s\ncurrency = "EUR"\nnumber = %d\n' % (names, number))


def run(folder, *words):
    """(exit code, standard output, standard error) of `stampd offers …` in a home in the folder."""
    told = CliRunner().invoke(stampd, ["--home", str(folder / "home"), "offers", *map(str, words)])
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    return told.exit_code, told.stdout, told.stderr


def answer(folder, *words):
    code, out, _ = run(folder, *words, "--json")
    return code, json.loads(out)


def test_check_says_what_a_pack_does_and_needs(shop):
    code, out, err = run(shop, "check", shop / "pack.toml")
    assert code == 0 and not err
    assert "pack.toml: good. Stamps (stamp-card), Points (cashback)" in out and "On the card: stamps, points (2 counters; a card with 3 holds them)" in out
    code, told = answer(shop, "check", shop / "pack.toml")
    (about,) = told["files"]
    assert (code, told["outcome"], about["counters_needed"], about["profile"], about["number"]) == (0, "done", 2, 3, 1)
    assert [offer["id"] for offer in about["offers"]] == ["stamps", "points"] and len(about["sentences"]) >= 2


def test_check_tells_every_file_and_fails_when_one_is_wrong(shop):
    (shop / "bad.toml").write_text(STAMPS % 0 + 'currency = "EUR"\nsize = 1\n')
    code, out, err = run(shop, "check", shop / "bad.toml", shop / "pack.toml")
    assert code == 1 and "pack.toml: good" in out and "docs/offers.md" in err
    assert "bad.toml:3: stamps_needed: 0 is too small" in err and "bad.toml:5: size" in err
    code, told = answer(shop, "check", shop / "bad.toml", shop / "pack.toml")
    assert (code, told["outcome"], told["refused"], len(told["files"])) == (1, "refused", "OFFER", 1)
    assert [(problem["line"], problem["key"]) for problem in told["problems"]] == [(3, "stamps_needed"), (5, "size")]


def test_a_finding_with_which_a_pack_must_not_run_is_a_problem(shop, monkeypatch):
    finding = {"code": "X", "offer": "points", "severity": "error", "sentence": "This cannot be.", "remedy": "Leave it out."}
    monkeypatch.setattr("host_tools.offers.checking.linted", lambda pack, source: [finding])
    code, told = answer(shop, "check", shop / "pack.toml")
    assert code == 1 and told["problems"] == [
        {"file": str(shop / "points.toml"), "line": 1, "key": "", "message": "This cannot be.", "hint": "Leave it out."}]  # fmt: skip


def test_check_needs_a_file(shop):
    assert run(shop, "check")[0] == 2


@pytest.mark.parametrize("language, words", [("en", "16.67 %"), ("lv", "peļņas"), ("lt", "pelno"), ("ru", "прибыли")])
def test_explain_speaks_four_languages(shop, language, words):
    path = ROOT / "docs" / "offers" / "f01-discount.toml"
    assert words in run(shop, "explain", path, "--language", language)[1]
    assert answer(shop, "explain", path, "--language", language)[1]["language"] == language


def test_a_compiled_pack_is_explained_as_its_file_is(shop):
    assert run(shop, "compile", SHOP / "pack.toml", "--test", "--out", shop / "s.stampdpack")[0] == 0
    assert answer(shop, "explain", shop / "s.stampdpack")[1]["sentences"] == answer(shop, "explain", SHOP / "pack.toml")[1]["sentences"]


def test_compile_signs_and_says_what_it_wrote(shop):
    out = shop / "s.stampdpack"
    code, told = answer(shop, "compile", shop / "pack.toml", "--test", "--out", out)
    assert (code, told["outcome"], told["number"], told["scheme"], told["test"], told["written"]) == (0, "done", 1, "FFFF", True, True)
    pack = verify_pack(out.read_bytes(), test_keys())
    assert [offer["id"] for offer in pack["offers"]] == ["stamps", "points"] and told["bytes"] == len(out.read_bytes())
    assert answer(shop, "compile", shop / "pack.toml", "--test", "--out", out)[1]["written"] is False


def test_compile_without_keys_says_how_to_make_them(shop):
    code, told = answer(shop, "compile", shop / "pack.toml", "--out", shop / "s.stampdpack")
    assert (code, told["refused"]) == (1, "KEYS_MISSING") and not (shop / "s.stampdpack").exists()


def test_compile_with_the_home_s_own_keys(shop):
    assert CliRunner().invoke(stampd, ["--home", str(shop / "home"), "keys", "init", "--test"]).exit_code == 0
    assert answer(shop, "compile", shop / "pack.toml", "--out", shop / "s.stampdpack")[1]["scheme"] == "FFFF"


def test_a_newer_pack_is_never_overwritten(shop):
    out = shop / "s.stampdpack"
    write_pack(shop, number=5)
    assert run(shop, "compile", shop / "pack.toml", "--test", "--out", out)[0] == 0
    before = out.read_bytes()
    for number, needed, words in ((4, 10, "holds number 5"), (5, 9, "other rules under the same number 5")):
        write_pack(shop, number=number, needed=needed)
        code, told = answer(shop, "compile", shop / "pack.toml", "--test", "--out", out)
        assert (code, told["refused"]) == (1, "PACK_OLDER") and words in told["message"] and "number = 6" in told["hint"]
        assert out.read_bytes() == before
    write_pack(shop, number=6, needed=9)
    assert answer(shop, "compile", shop / "pack.toml", "--test", "--out", out)[1]["number"] == 6


def test_what_is_no_pack_of_ours_is_neither_overwritten_nor_explained(shop):
    out = shop / "s.stampdpack"
    assert run(shop, "compile", shop / "pack.toml", "--test", "--out", out)[0] == 0
    forged = bytearray(out.read_bytes())
    forged[len(forged) // 2] ^= 1
    for data, code in ((bytes(forged), "PACK_FORGED"), (b"a letter", "PACK_DAMAGED"), (b"", "PACK_DAMAGED")):
        out.write_bytes(data)
        for words in (("compile", shop / "pack.toml", "--test", "--out", out), ("explain", out), ("migrate", out, shop / "pack.toml")):
            exit_code, told = answer(shop, *words)
            assert (exit_code, told["refused"]) == (1, code) and str(out) in told["message"] and told["hint"]
        assert out.read_bytes() == data


def test_a_pack_of_another_scheme_is_refused(shop):
    with (shop / "pack.toml").open("a") as file:
        file.write('scheme = "0007"\n')
    code, told = answer(shop, "compile", shop / "pack.toml", "--test", "--out", shop / "s.stampdpack")
    assert (code, told["refused"]) == (1, "PACK_SCHEME") and "scheme 0007" in told["message"]


def test_a_pack_that_cannot_be_written_is_told(shop):
    code, told = answer(shop, "compile", shop / "pack.toml", "--test", "--out", shop / "no" / "s.stampdpack")
    assert (code, told["refused"]) == (1, "PACK_NOT_WRITTEN")


def test_replay_gives_one_result_for_each_event(shop):
    (shop / "offer.toml").write_text(STAMPS % 3 + 'currency = "EUR"\n')
    for events in ([SALE, SALE], {"customer": "new", "events": [SALE, SALE]}):
        (shop / "events.json").write_text(json.dumps(events))
        code, results = answer(shop, "replay", shop / "offer.toml", "--events", shop / "events.json")
        assert code == 0 and [result["paid"] for result in results] == [750, 500] and results[1]["rewards"] == ["free coffee x1"]
    assert "free coffee x1" in run(shop, "replay", shop / "offer.toml", "--events", shop / "events.json")[1]


def test_replay_of_a_row_honours_what_its_sequences_replace(shop):
    parameters = {"currency": "EUR", "minor_digits": 2, "category": "coffee", "stamps_needed": 3, "per_qty": 1, "free_qty": 1, "max_free_per_sale": 1}
    row = {"id": "A01", "kind": "stamp-card", "parameters": parameters, "sequences": [
        {"name": "a", "customer": "new", "events": [SALE]}, {"name": "b", "customer": "member", "with": {"per_qty": 3}, "events": [SALE]}]}  # fmt: skip
    (shop / "row.json").write_text(json.dumps(row))
    code, told = answer(shop, "replay", "--row", shop / "row.json")
    assert code == 0 and [sequence[0]["counters"]["stamps"] for sequence in told["sequences"]] == [3, 1]
    assert "sequence 2" in run(shop, "replay", "--row", shop / "row.json")[1]


def test_replay_of_a_calculation(shop):
    inputs = {"calc": "discount", "price": 900000, "margin_bp": 3000, "discount_bp": 500}
    (shop / "row.json").write_text(json.dumps({"kind": "economics", "inputs": inputs, "more": [{"inputs": inputs}]}))
    assert [result["share"] for result in answer(shop, "replay", "--row", shop / "row.json")[1]["results"]] == ["1/6", "1/6"]


def test_replay_tells_bad_input(shop):
    (shop / "row.json").write_text('{"kind": "stamp-card", "parameters": {"currency": "EUR"}}')
    code, told = answer(shop, "replay", "--row", shop / "row.json")
    assert (code, told["refused"]) == (1, "OFFER") and "row.json: category: this key is missing" in told["message"]
    for words in ((), (shop / "pack.toml",), (shop / "pack.toml", "--row", shop / "row.json")):
        assert run(shop, "replay", *words)[0] == 2


def test_migrate_shows_what_becomes_of_each_counter(shop):
    old = shop / "old.stampdpack"
    assert run(shop, "compile", shop / "pack.toml", "--test", "--out", old)[0] == 0
    (shop / "jars.toml").write_text('template = "container-return"\nitem = "jar"\nneeded = 5\ngift = "cream"\n')
    write_pack(shop, number=2, offers=("jars", "stamps"))
    code, told = answer(shop, "migrate", old, shop / "pack.toml")
    assert (code, told["refused"]) == (1, "COUNTER_DROPPED") and "points" in told["message"] and "--drop points" in told["hint"]
    code, told = answer(shop, "migrate", old, shop / "pack.toml", "--drop", "points")
    assert code == 0 and (told["from"], told["to"]) == (1, 2)
    assert [(line["what"], line["from"] or line["to"], line["old_ids"], line["new_ids"]) for line in told["counters"]] == [
        ("kept", "stamps", [1], [1]), ("dropped", "points", [2], []), ("new", "jars", [], [3])]  # fmt: skip
    assert "dropped  points (2 -> -)" in run(shop, "migrate", old, shop / "pack.toml", "--drop", "points")[1]
    assert answer(shop, "migrate", old, shop / "pack.toml", "--drop", "points", "--drop", "stamps")[1]["refused"] == "COUNTER_DROPPED"


def test_migrate_wants_a_higher_number(shop):
    old = shop / "old.stampdpack"
    assert run(shop, "compile", shop / "pack.toml", "--test", "--out", old)[0] == 0
    assert answer(shop, "migrate", old, shop / "pack.toml")[1]["refused"] == "PACK_OLDER"


def test_two_compiled_packs_are_compared_by_names_and_places(shop):
    def row(name, *ids, kind="plain"):
        return {"name": name, "kind": kind, "ids": list(ids)}

    old = {"counters": [row("stamps", 1), row("points", 2, 3, kind="lots"), row("jars", 4), row("miles", 5), row("tier", kind="derived")]}
    new = {"counters": [row("stamps", 9), row("empties", 4), row("points", 2, 3, kind="lots"), row("trips", 5, kind="year"), row("tier", kind="derived")]}
    assert [(line["what"], line["from"], line["to"]) for line in counter_map(old, new)] == [
        ("moved", "stamps", "stamps"), ("kept", "points", "points"), ("renamed", "jars", "empties"), ("dropped", "miles", None),
        ("new", None, "trips")]  # fmt: skip


def test_a_signed_pack_of_other_keys_is_not_taken(shop):
    out = shop / "s.stampdpack"
    assert run(shop, "compile", shop / "pack.toml", "--test", "--out", out)[0] == 0
    pack = verify_pack(out.read_bytes(), test_keys())

    class OtherKeys:
        scheme = 0xFFFF

        def __init__(self):
            from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
            self.key = Ed25519PrivateKey.from_private_bytes(bytes(32))

        def sign(self, purpose, message):
            return self.key.sign(message)

        def public_key(self, purpose):
            return self.key.public_key().public_bytes_raw()

    out.write_bytes(sign_pack(pack, OtherKeys()))
    assert answer(shop, "explain", out)[1]["refused"] == "PACK_FORGED"


def test_help_does_not_load_the_simulator(shop):
    import subprocess
    import sys
    code = "import sys; from host_tools.cli.main import stampd; stampd(['offers', '--help'], standalone_mode=False)"
    code += "; assert 'host_tools.cli.offers_simulate' not in sys.modules"
    assert "simulate" in subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
