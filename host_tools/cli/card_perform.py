"""What every `stampd card` command shares: its options, its way to the desk or the daemon, and how the answer is told."""

import json
from datetime import datetime, timezone

import click

from cardos.errors import StampdError
from host_tools.cli.card_words import document
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

EXIT = {"done": 0, "refused": 1, "not_ours": 1, "blocked": 1, "in_doubt": 3}
WAIT_S = 10.0


def card_options(writes):
    """The options every card command has; --dry-run where it writes."""

    def wrap(command):
        options = [
            click.option("--reader", metavar="NAME", help="Reader, or part of its name; pn532:LINK for a serial one."),
            click.option("--wait", "wait_s", type=click.FloatRange(0, 3600), default=WAIT_S, show_default=True, metavar="S",
                         help="How long to wait for a card."),
            click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output."),
            click.option("--passphrase-file", type=click.Path(), metavar="FILE", help="Its first line opens the shop's keys."),
            click.option("--test-now", metavar="ISO", help="With TEST keys: the clock stands here."),
            click.option("--test-seed", type=int, metavar="N", help="With TEST keys: fixed randomness."),
        ]
        if writes:
            options.append(click.option("--dry-run", is_flag=True, help="Read and decide, write nothing."))
        for option in reversed(options):
            command = option(command)
        return pass_home(command)

    return wrap


def perform(home, options, wish, words, typed=None, tracing=False, out=None):
    """Fulfil a wish with the next card, tell the answer, and end with its exit code.

    typed: {"amount", "lines", "items", "returned", "opening", "spend", "by_hand", "event"} as far as the command has them, still text:
    what is wrong with it is told as every other trouble.
    """
    from host_tools.cli.card_trace import write_trace

    as_json, said = options["as_json"], []

    def tell(answer):
        if out is not None:
            write_trace(answer, out)
        if answer["outcome"] == "in_doubt":
            answer["repeat"] += _where(home, options)
            answer["hint"] += " Then: " + answer["repeat"]
        said.append(answer)
        if as_json:
            click.echo(json.dumps(document(wish["kind"], answer), ensure_ascii=False))
        else:
            words(answer)

    with told(as_json):
        try:
            answer = _answer(home, options, wish, typed or {}, tracing, tell)
            if not said:
                tell(answer)
        except StampdError as error:
            if not said:
                raise
            click.echo("%s %s" % (error.message, error.hint), err=True)  # the tap is told already: one answer, one exit code
    raise SystemExit(EXIT[said[0]["outcome"]])


def _where(home, options):
    """The options that make a repeated command meet the same shop and reader."""
    import shlex

    from host_tools.home import default_path

    words = ""
    if home != default_path():
        words += " --home " + shlex.quote(str(home))
    if options["reader"]:
        words += " --reader " + shlex.quote(options["reader"])
    return words


def _answer(home_path, options, wish, typed, tracing, tell):
    """The answer of the daemon or of a desk of our own; `tell` hears it before a seal is written, where the shop wants seals."""
    from host_tools.daemon.client import find_daemon, perform_there

    now = _test_now(options["test_now"])
    wish["dry_run"] = options.get("dry_run", False)
    daemon = find_daemon(home_path)
    if daemon is not None:
        settings = _settings(home_path)
        _complete(wish, home_path, settings, typed)
        return perform_there(daemon, wish, options["reader"], options["wait_s"], tracing)
    import random

    from host_tools.daemon.tap_desk import TapDesk
    from host_tools.daemon.wishes import Wish
    from host_tools.home import Home
    from host_tools.readers.find import open_reader

    settings = _settings(home_path)
    _complete(wish, home_path, settings, typed)
    checked = Wish(**wish).check()
    with Home.open(home_path, settings=settings, test_now=now, passphrase=_passphrase(options)) as home:
        if options["test_seed"] is not None and not home.keys.is_test:
            _test_keys_only()
        if options["test_seed"] is not None:
            home.nonces = random.Random(options["test_seed"]).randbytes
        with open_reader(options["reader"] or settings.reader or None, settings) as reader:
            early = tell if settings.seal or settings.ring else None
            return TapDesk(home).perform(checked, reader, wait_s=options["wait_s"], on_answer=early, tracing=tracing)


def _settings(home_path):
    from host_tools.settings import FILE, read_settings

    return read_settings(home_path / FILE)


def _complete(wish, home_path, settings, typed):
    """What was typed, as the numbers of a wish."""
    from host_tools.catalogue import read_catalogue
    from host_tools.daemon.wishes import amount_from_text, line_from_text, returned_from_text

    if typed.get("amount") is not None:
        wish["amount"] = amount_from_text(typed["amount"], settings.minor_digits)
    wish["lines"] = [line_from_text(line, settings.minor_digits) for line in typed.get("lines", ())]
    if typed.get("items"):
        catalogue = read_catalogue(home_path, settings.minor_digits)
        wish["lines"] += [catalogue.line(text) for text in typed["items"]]
    wish["returned"] = [returned_from_text(text) for text in typed.get("returned", ())]
    wish["opening"] = _counts(typed.get("opening", ()), "OPENING")
    wish["spend"] = _counts(typed.get("spend", ()), "SPEND")
    wish["cashier"] = _by_hand(*typed["by_hand"]) if "by_hand" in typed else None
    wish["event"] = _json_object(typed["event"]) if "event" in typed else None


def _counts(texts, word):
    """{counter: units} of COUNTER=N texts. BadInput BAD_OPENING, BAD_SPEND."""
    from cardos.errors import BadInput

    found = {}
    for text in texts:
        name, _, value = text.partition("=")
        if not name or not (value.isascii() and value.isdigit()) or len(value) > 7:
            example = "opening stamps=4" if word == "OPENING" else "spend points=120"
            raise BadInput("%r is not COUNTER=N." % text, "For example --%s." % example, "BAD_" + word)
        if name in found:
            raise BadInput("The counter %s is named twice." % name, "Name it once.", "BAD_" + word)
        found[name] = int(value)
    return found


def _by_hand(cashier, discount, reason):
    """The cashier of a sale: a discount by hand is typed in per cent and counted in 1/100 of it. Who types here has the right."""
    from host_tools.daemon.wishes import Cashier, amount_from_text

    if cashier is None and discount is None:
        return None
    rights = ["manual-discount"] if discount is not None else []
    return Cashier(id=cashier or "", rights=rights, discount_bp=amount_from_text(discount, 2) if discount is not None else 0, reason=reason)


def _json_object(text):
    """The object in a JSON text. BadInput EVENT."""
    from cardos.errors import BadInput

    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is no JSON: %s." % error, "Write it as {\"on\": \"return\", \"item\": \"jar\", \"qty\": 2}, in single quotes.", "EVENT") from error


def _test_now(text):
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError("--test-now takes an ISO time, for example 2026-03-01T10:00.") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def _passphrase(options):
    if not options["passphrase_file"]:
        return None
    from host_tools.provisioning.passphrase import from_file

    return from_file(options["passphrase_file"])


def _test_keys_only():
    from cardos.errors import BadInput

    raise BadInput("--test-now and --test-seed go with TEST keys only.", "Leave them out.", "TEST_KEYS_ONLY")
