"""`stampd card`: one wish for the next card. Works alone, or through the daemon when one runs on the same home."""

import json
from datetime import datetime, timezone

import click

from cardos.errors import StampdError
from host_tools.cli.card_words import document, say, say_face, say_history
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

EXIT = {"done": 0, "refused": 1, "not_ours": 1, "blocked": 1, "in_doubt": 3}
WAIT_S = 10.0


@click.group()
def card():
    """Issue, show, sell, redeem, undo, block, repair and rotate the card that is presented next.

    \b
    Examples:
      stampd card issue --opening stamps=4 --reason "paper card"
      stampd card sell --amount 4.50 --redeem auto
      stampd card undo
    """


def _options(writes):
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


@card.command()
@click.option("--seal", is_flag=True, help="Check the seal too, whatever shop.toml says.")
@_options(writes=False)
def show(home, seal, **options):
    """Show what the card holds. Never writes.

    \b
    Examples:
      stampd card show --json
      stampd card show --seal
    """
    _perform(home, options, {"kind": "show", "seal": seal}, say_face)


@card.command()
@click.option("--amount", metavar="DECIMAL", help="What is sold, for example 4.50.")
@click.option("--line", "lines", multiple=True, metavar="SKU:CATEGORY:QTY:PRICE", help="A line of the sale; may be repeated.")
@click.option("--redeem", default="none", show_default=True, metavar="auto|none|ID", help="Take a reward with this sale.")
@click.option("--sale", metavar="REF", help="The sale's reference: a repeat is the same sale.")
@_options(writes=True)
def sell(home, amount, lines, redeem, sale, **options):
    """Sell: the next card gets its stamps, and gives a reward if you say so.

    \b
    Examples:
      stampd card sell --amount 4.50
      stampd card sell --line latte:coffee:2:450 --redeem auto --sale R-1017
    """
    _perform(home, options, {"kind": "sell", "redeem": redeem, "sale": sale}, say, amount, lines)


@card.command()
@click.option("--reward", metavar="ID", help="Which reward (default: the one there is).")
@click.option("--sale", metavar="REF", help="The reference: a repeat is the same redemption.")
@_options(writes=True)
def redeem(home, reward, sale, **options):
    """Give a reward without a sale.

    \b
    Example: stampd card redeem --reward free-coffee
    """
    _perform(home, options, {"kind": "redeem", "redeem": reward or "auto", "sale": sale}, say)


@card.command()
@click.option("--sale", metavar="REF", help="Which sale (default: this shop's last on the card).")
@_options(writes=True)
def undo(home, sale, **options):
    """Take back the last sale, if nothing else happened to the card since.

    \b
    Example: stampd card undo
    """
    _perform(home, options, {"kind": "undo", "sale": sale}, say)


@card.command()
@click.option("--opening", "opening", multiple=True, metavar="COUNTER=N", help="Stamps carried over from a paper card.")
@click.option("--reason", default="", metavar="TEXT", help="Why the card opens with stamps.")
@click.option("--open", "open_writes", is_flag=True, help="No password on the card, for readers that cannot send one.")
@_options(writes=True)
def issue(home, opening, reason, open_writes, **options):
    """Make a blank chip a card of this shop; run again, it finishes what was interrupted.

    \b
    Examples:
      stampd card issue
      stampd card issue --opening stamps=4 --reason "paper card"
    """
    _perform(home, options, {"kind": "issue", "reason": reason, "open_writes": open_writes}, say, opening=opening)


@card.command()
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger.")
@_options(writes=True)
def block(home, reason, **options):
    """Block the card.

    \b
    Example: stampd card block --reason "reported lost"
    """
    _perform(home, options, {"kind": "block", "reason": reason}, say)


@card.command()
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger.")
@_options(writes=True)
def unblock(home, reason, **options):
    """Lift a block.

    \b
    Example: stampd card unblock --reason "found again"
    """
    _perform(home, options, {"kind": "unblock", "reason": reason}, say)


@card.command()
@_options(writes=True)
def repair(home, **options):
    """Write the ledger's last state to a card that lost its record.

    \b
    Example: stampd card repair
    """
    _perform(home, options, {"kind": "repair"}, say)


@card.command()
@click.option("--epoch", type=click.IntRange(1, 15), metavar="N", help="Key epoch (default: the shop's current one).")
@_options(writes=True)
def rotate(home, epoch, **options):
    """Move the card to another key epoch: chip keys where its family allows that, and its record.

    \b
    Example: stampd card rotate --epoch 2
    """
    _perform(home, options, {"kind": "rotate", "epoch": epoch}, say)


@card.command()
@_options(writes=False)
def history(home, **options):
    """What happened to this card, by the ledger and by the card itself.

    \b
    Example: stampd card history --json
    """
    _perform(home, options, {"kind": "history"}, say_history)


@card.command()
@click.option("--out", "out", type=click.Path(dir_okay=False), metavar="FILE", help="Write the exchanges to a file that can be replayed.")
@_options(writes=False)
def trace(home, out, **options):
    """Read the card and print every exchange, in words and bytes, without secrets, and where its time went.

    \b
    Examples:
      stampd card trace
      stampd card trace --out card.trace
    """
    from host_tools.cli.card_trace import say_trace

    _perform(home, options, {"kind": "show"}, lambda answer: (say_trace(answer, out), say_face(answer)), tracing=True, out=out)


def _perform(home, options, wish, words, amount=None, lines=(), opening=(), tracing=False, out=None):
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
            answer = _answer(home, options, wish, amount, lines, opening, tracing, tell)
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


def _answer(home_path, options, wish, amount, lines, opening, tracing, tell):
    """The answer of the daemon or of a desk of our own; `tell` hears it before a seal is written, where the shop wants seals."""
    from host_tools.daemon.client import find_daemon, perform_there

    now = _test_now(options["test_now"])
    wish["dry_run"] = options.get("dry_run", False)
    daemon = find_daemon(home_path)
    if daemon is not None:
        settings = _settings(home_path)
        _complete(wish, settings, amount, lines, opening)
        return perform_there(daemon, wish, options["reader"], options["wait_s"], tracing)
    import random

    from host_tools.daemon.tap_desk import TapDesk
    from host_tools.daemon.wishes import Wish
    from host_tools.home import Home
    from host_tools.readers.find import open_reader

    settings = _settings(home_path)
    _complete(wish, settings, amount, lines, opening)
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


def _complete(wish, settings, amount, lines, opening):
    from cardos.errors import BadInput
    from host_tools.daemon.wishes import amount_from_text, line_from_text

    if amount is not None:
        wish["amount"] = amount_from_text(amount, settings.minor_digits)
    wish["lines"] = [line_from_text(line, settings.minor_digits) for line in lines]
    wish["opening"] = {}
    for name, value in map(_opening, opening):
        if name in wish["opening"]:
            raise BadInput("The counter %s is opened twice." % name, "Name it once.", "BAD_OPENING")
        wish["opening"][name] = value


def _opening(text):
    from cardos.errors import BadInput

    name, _, value = text.partition("=")
    if not name or not value.isdigit() or len(value) > 7:
        raise BadInput("%r is not COUNTER=N." % text, "For example --opening stamps=4.", "BAD_OPENING")
    return name, int(value)


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
