"""`stampd offers`: understand an offer before it starts, compile a shop's offers into a signed pack, play them, change them."""

import importlib
import json
from pathlib import Path

import click

from cardos.errors import BadInput, StampdError
from host_tools.cli.home_option import pass_home
from host_tools.cli.output_file import write_file
from host_tools.cli.telling import FAILED, told

LANGUAGES = ("en", "lv", "lt", "ru")
SUFFIX = ".stampdpack"
FILE = click.Path(path_type=Path)

language_option = click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="the language of names and sentences")
json_option = click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
test_option = click.option("--test", is_flag=True, help="the fixed TEST keys instead of the home's")
passphrase_option = click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="its first line opens the shop's keys")


COMMANDS = {
    "check": "Say what is wrong with an offer, or what it does and needs.",
    "explain": "Turn an offer or a compiled pack into sentences.",
    "simulate": "Play a pack against a population: what it costs and brings.",
    "compile": "Make the signed pack that tills apply.",
    "replay": "Play events through an offer.",
    "migrate": "Show what a new pack makes of the counters on cards.",
    "install": "Run a pack in this shop from the next tap on.",
}
_ELSEWHERE = {"simulate": "host_tools.cli.offers_simulate", "install": "host_tools.cli.offers_install"}  # loaded when they are used


class OffersGroup(click.Group):
    """The group; what is large or rare is loaded when it is used."""

    def list_commands(self, ctx):
        return list(COMMANDS)

    def get_command(self, ctx, name):
        if name in _ELSEWHERE:
            return getattr(importlib.import_module(_ELSEWHERE[name]), name)
        return super().get_command(ctx, name)

    def format_commands(self, ctx, formatter):
        """The list of `--help`, without loading what is elsewhere."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(name="offers", cls=OffersGroup)
def offers():
    """Loyalty offers: TOML files with a template, packs that tills apply.

    \b
    Examples:
      stampd offers check offer.toml
      stampd offers explain pack.toml --language lv
      stampd offers compile pack.toml --out shop.stampdpack
    """


@offers.command()
@click.argument("files", nargs=-1, required=True, type=FILE, metavar="FILE...")
@language_option
@json_option
def check(files, language, as_json):
    """Say what is wrong with offers and packs, or what they do, need on a card, and should make you think. Exit 1 when one is wrong.

    \b
    Examples:
      stampd offers check offer.toml
      stampd offers check docs/offers/shop/pack.toml --json
    """
    from host_tools.offers.checking import check_file

    good, troubles = [], []
    for file in files:
        try:
            good.append(check_file(file, language))
        except StampdError as error:
            troubles.append((file, error))
    if as_json:
        click.echo(json.dumps(_check_answer(good, troubles), ensure_ascii=False))
    else:
        for about in good:
            click.echo(_check_words(about, language))
        for _, trouble in troubles:
            click.echo(trouble.message, err=True)
        if troubles:
            click.echo(troubles[0][1].hint, err=True)
    raise SystemExit(FAILED if troubles else 0)


def _check_answer(good, troubles):
    problems = [problem for file, error in troubles for problem in _problems(file, error)]
    message = "\n".join(error.message for _, error in troubles) or "%d of %d files are good." % (len(good), len(good))
    return {
        "outcome": "refused" if troubles else "done", "refused": troubles[0][1].code if troubles else None, "message": message,
        "hint": troubles[0][1].hint if troubles else "", "files": good, "problems": problems,
    }  # fmt: skip


def _problems(file, error):
    if not hasattr(error, "problems"):
        return [{"file": str(file), "line": None, "key": "", "message": error.message, "hint": error.hint}]
    return [
        {"file": problem.file, "line": problem.line or None, "key": problem.key, "message": problem.what, "hint": problem.remedy} for problem in error.problems
    ]


def _check_words(about, language):
    """What a person reads of one good file."""
    from host_tools.offers.explain.speech import label_of

    titles = ", ".join("%s (%s)" % (offer["name"], offer["kind"]) for offer in about["offers"])
    lines = ["%s: good. %s" % (about["file"], titles)]
    lines += ["  - " + sentence for sentence in about["sentences"]]
    if "bytes" in about:
        names = ", ".join(label_of(counter["name"], language) for counter in about["counters"] if counter["ids"])
        count = about["counters_needed"]
        if count:
            held = "%s (%d %s; a card with %d holds them)" % (names, count, "counter" if count == 1 else "counters", about["profile"])
        else:
            held = "nothing; a card of any kind is shown" if about["needs_card"] else "nothing; no card is needed"
        lines.append("  On the card: %s. %d bytes." % (held, about["bytes"]))
    lines += ["  Beside the card: " + ask for ask in about.get("asks", ())]
    lines += ["  %s: %s %s" % (finding["severity"], finding["sentence"], finding["remedy"]) for finding in about["findings"]]
    return "\n".join(lines)


@offers.command()
@click.argument("file", type=FILE)
@language_option
@test_option
@passphrase_option
@json_option
@pass_home
def explain(home, file, language, test, passphrase_file, as_json):
    """Turn an offer, a pack or a compiled pack back into sentences, one for each rule.

    \b
    Examples:
      stampd offers explain offer.toml
      stampd offers explain shop.stampdpack --language ru
    """
    from host_tools.offers import checking
    from host_tools.offers.pack_toml import read_pack
    from host_tools.offers.schema import NO_MONEY

    with told(as_json):
        if _is_toml(file):
            source = read_pack(file)
            if source.offers[0].kind in NO_MONEY:
                sentences = checking.sentences_of_calculation(source.offers[0], language)
            else:
                sentences = checking.explained(checking.compiled(source), language)
        else:
            sentences = checking.explained(_open_pack(file, _keys(home, test, passphrase_file, to_look=True)), language)
        click.echo(json.dumps({"file": str(file), "language": language, "sentences": sentences}, ensure_ascii=False) if as_json else "\n".join(sentences))


@offers.command(name="compile")
@click.argument("pack", type=FILE)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, metavar="FILE", help="the signed pack, as shop%s" % SUFFIX)
@click.option("--previous", type=FILE, metavar="FILE", help="the pack that cards carry now (default: what --out holds); its counters keep their places")
@test_option
@passphrase_option
@json_option
@pass_home
def compile_(home, pack, out, previous, test, passphrase_file, as_json):
    """Compile a pack.toml, or one offer, and sign it. A file with a newer number, or with other rules under the same one, stays.

    \b
    Examples:
      stampd offers compile pack.toml --out shop.stampdpack
      stampd offers compile offer.toml --test --out trial.stampdpack
    """
    from host_tools.offers import checking
    from host_tools.offers.pack_toml import read_pack
    from host_tools.offers.signing import sign_pack
    from host_tools.offers.state import needs_of

    with told(as_json):
        source = read_pack(pack)
        keys = _keys(home, test, passphrase_file)
        there = _open_pack(out, keys) if out.exists() else None
        before = _open_pack(previous, keys) if previous else there
        made = checking.compiled(source, keys.scheme, before)
        _refuse_older(made, there, out, source)
        if made != there:
            write_file(out, sign_pack(made, keys), "PACK_NOT_WRITTEN", "Name another file with --out.")
        size = out.stat().st_size
        message = "%s: pack %d of scheme %04X, %d offers, %d bytes." % (out, made["number"], keys.scheme, len(made["offers"]), size)
        answer = {
            "outcome": "done", "file": str(out), "number": made["number"], "scheme": "%04X" % keys.scheme, "test": keys.is_test, "bytes": size,
            "written": made != there, "counters_needed": needs_of(made), "message": message,
            "hint": "Signed with the TEST keys: no real shop takes it." if keys.is_test else "",
        }  # fmt: skip
        click.echo(json.dumps(answer) if as_json else message + ("\n" + answer["hint"] if answer["hint"] else ""))


def _refuse_older(made, there, out, source):
    if there is None or made == there or made["number"] > there["number"]:
        return
    what = "%s holds number %d; %s has number %d." % (out, there["number"], source.source, made["number"])
    if made["number"] == there["number"]:
        what = "%s holds other rules under the same number %d." % (out, made["number"])
    raise BadInput(what, "Write number = %d in the pack's file: tills take only higher ones." % (there["number"] + 1), "PACK_OLDER")


@offers.command()
@click.argument("offer", type=FILE, required=False)
@click.option("--events", type=FILE, metavar="FILE", help="JSON: a list of events, or a sequence with customer, start and cards")
@click.option("--row", type=FILE, metavar="FILE", help="JSON: kind, parameters and sequences; needs no OFFER")
@json_option
def replay(offer, events, row, as_json):
    """Play events through an offer, or a whole row of kind, parameters and sequences, and print what comes of each.

    \b
    Examples:
      stampd offers replay offer.toml --events events.json --json
      stampd offers replay --row row.json --json
    """
    from host_tools.offers.rows import check_row, read_json, row_of

    if bool(row) == bool(offer) or bool(offer) != bool(events):
        raise click.UsageError("Give an OFFER with --events FILE, or --row FILE.")
    with told(as_json):
        from host_tools.offers.replay import replay_row

        if row:
            answer = replay_row(check_row(read_json(row), "%s" % row))
        else:
            from host_tools.offers.language import read_offer

            played = replay_row(check_row(row_of(read_offer(offer), read_json(events)), "%s" % events))
            answer = played["sequences"][0] if "sequences" in played else played["results"]
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else _replay_words(answer))


def _replay_words(answer):
    """One line for each event, numbered as the events are."""
    groups = answer if isinstance(answer, dict) else {"": [answer]}
    lines = []
    for name, sequences in groups.items():
        for place, results in enumerate(sequences if name != "results" else [sequences], 1):
            if name == "sequences":
                lines.append("sequence %d" % place)
            for index, result in enumerate(results):
                told_keys = ["%s %s" % (key, json.dumps(value, ensure_ascii=False)) for key, value in result.items()]
                lines.append("%3d  %s" % (index, "; ".join(told_keys) or "nothing"))
    return "\n".join(lines)


@offers.command()
@click.argument("old", type=FILE)
@click.argument("new", type=FILE)
@click.option("--drop", multiple=True, metavar="COUNTER", help="this counter of the old pack may go, with what customers hold in it")
@test_option
@passphrase_option
@json_option
@pass_home
def migrate(home, old, new, drop, test, passphrase_file, as_json):
    """Show what becomes of each counter when a compiled pack is followed by a new one (compiled, or still TOML). Exit 1 when one is lost.

    \b
    Examples:
      stampd offers migrate shop.stampdpack pack.toml
      stampd offers migrate shop-1.stampdpack shop-2.stampdpack --drop stickers
    """
    from host_tools.offers import checking
    from host_tools.offers.migration import counter_map, refuse_losses
    from host_tools.offers.pack_toml import read_pack

    with told(as_json):
        keys = _keys(home, test, passphrase_file, to_look=True)
        before = _open_pack(old, keys)
        after = checking.compiled(read_pack(new), keys.scheme, before) if _is_toml(new) else _open_pack(new, keys)
        if after["number"] <= before["number"]:
            raise BadInput(
                "%s has number %d, %s has %d." % (new, after["number"], old, before["number"]),
                "Write number = %d: tills take only higher ones." % (before["number"] + 1), "PACK_OLDER",
            )  # fmt: skip
        lines = counter_map(before, after)
        refuse_losses(lines, drop)
        if as_json:
            click.echo(json.dumps({"outcome": "done", "from": before["number"], "to": after["number"], "counters": lines}))
        else:
            click.echo("\n".join(_migration_words(line) for line in lines) or "Neither pack has counters.")


def _migration_words(line):
    places = "%s -> %s" % (",".join(map(str, line["old_ids"])) or "-", ",".join(map(str, line["new_ids"])) or "-")
    names = line["from"] or line["to"]
    if line["from"] and line["to"] and line["from"] != line["to"]:
        names = "%s -> %s" % (line["from"], line["to"])
    return "%-8s %s (%s)" % (line["what"], names, places)


def _is_toml(file):
    return file.suffix.lower() == ".toml" or file.is_dir()


def _open_pack(file, keys):
    """The proven pack in a compiled file."""
    from cardos.offers.pack_file import PACK_BYTES_MAX
    from host_tools.offers.signing import verify_pack

    if file.exists() and not file.is_file():
        raise BadInput("%s is no file." % file, "Name a file that `stampd offers compile` wrote.", "PACK_DAMAGED")
    try:
        with file.open("rb") as opened:
            data = opened.read(PACK_BYTES_MAX + 1)
    except OSError as error:
        raise BadInput("%s cannot be read (%s)." % (file, error.strerror), "Name a file that `stampd offers compile` wrote.", "PACK_DAMAGED") from error
    try:
        return verify_pack(data, keys, check=_checked)
    except BadInput as error:
        raise BadInput("%s: %s" % (file, error.message), error.hint, error.code) from error


def _checked(pack):
    from cardos.offers.pack import check_pack

    return check_pack(pack)


def _keys(home, test, passphrase_file, to_look=False):
    """The keys that sign or verify: the home's, or the TEST keys. to_look: without any keys the TEST keys do."""
    from host_tools.provisioning.keys import key_status, open_keys, test_keys
    from host_tools.provisioning.passphrase import from_file
    from host_tools.settings import FILE as SETTINGS_FILE
    from host_tools.settings import read_settings

    if test or to_look and not key_status(home).present:
        return test_keys()
    settings = read_settings(Path(home) / SETTINGS_FILE)
    file = passphrase_file or settings.passphrase_file
    ask = from_file(file) if file else lambda: click.prompt("Pass phrase for the keys", hide_input=True, err=True)
    return open_keys(home, settings.production, ask)
