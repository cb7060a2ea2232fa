"""`stampd card`: one wish for the next card. Works alone, or through the daemon when one runs on the same home."""

import click

from host_tools.cli.card_perform import card_options, perform
from host_tools.cli.card_words import say, say_face, say_history
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told


@click.group()
def card():
    """Issue, show, sell, redeem, undo, refund, block, repair and rotate the card that is presented next.

    \b
    Examples:
      stampd card issue --opening stamps=4 --reason "paper card"
      stampd card sell --amount 4.50 --redeem auto
      stampd card undo
    """


@card.command()
@click.option("--seal", is_flag=True, help="Check the seal too, whatever shop.toml says.")
@card_options(writes=False)
def show(home, seal, **options):
    """Show what the card holds. Never writes.

    \b
    Examples:
      stampd card show --json
      stampd card show --seal
    """
    perform(home, options, {"kind": "show", "seal": seal}, say_face)


@card.command()
@click.option("--amount", metavar="DECIMAL", help="What is sold, for example 4.50.")
@click.option("--line", "lines", multiple=True, metavar="SKU:CATEGORY:QTY:PRICE", help="A line of the sale (…:companion for who comes along); may be repeated.")
@click.option("--item", "items", multiple=True, metavar="SKU[:QTY]", help="A line by its article number in the shop's catalogue; may be repeated.")
@click.option("--redeem", default="none", show_default=True, metavar="auto|none|ID", help="Take a reward with this sale.")
@click.option("--spend", multiple=True, metavar="COUNTER=UNITS", help="Pay with points; may be repeated.")
@click.option("--code", metavar="CODE", help="A promotion code the customer says.")
@click.option("--partner", metavar="ID", help="The partner who sells, in a coalition.")
@click.option("--cashier", metavar="ID", help="Who sells; needed for --discount.")
@click.option("--discount", metavar="PERCENT", help="A discount by hand, for example 5 or 2.5.")
@click.option("--reason", default="", metavar="TEXT", help="Why the discount is given.")
@click.option("--sale", metavar="REF", help="The sale's reference: a repeat is the same sale.")
@card_options(writes=True)
def sell(home, amount, lines, items, redeem, spend, code, partner, cashier, discount, reason, sale, **options):
    """Sell: the next card gets what the shop's offers give, and gives a reward or points if you say so.

    \b
    Examples:
      stampd card sell --amount 4.50
      stampd card sell --line latte:coffee:2:450 --redeem auto --sale R-1017
      stampd card sell --item latte:2 --spend points=120 --code SPRING
    """
    wish = {"kind": "sell", "redeem": redeem, "sale": sale, "code": code, "partner": partner}
    perform(home, options, wish, say, {"amount": amount, "lines": lines, "items": items, "spend": spend, "by_hand": (cashier, discount, reason)})


@card.command()
@click.option("--reward", metavar="ID", help="Which reward (default: the one there is).")
@click.option("--sale", metavar="REF", help="The reference: a repeat is the same redemption.")
@card_options(writes=True)
def redeem(home, reward, sale, **options):
    """Give a reward without a sale.

    \b
    Example: stampd card redeem --reward free-coffee
    """
    perform(home, options, {"kind": "redeem", "redeem": reward or "auto", "sale": sale}, say)


@card.command()
@click.option("--sale", metavar="REF", help="Which sale (default: this shop's last on the card).")
@card_options(writes=True)
def undo(home, sale, **options):
    """Take back the last sale, if nothing else happened to the card since.

    \b
    Example: stampd card undo
    """
    perform(home, options, {"kind": "undo", "sale": sale}, say)


@card.command()
@click.option("--sale", metavar="REF", help="The sale that the goods are from.")
@click.option("--line", "returned", multiple=True, metavar="SKU:QTY", help="What comes back (…:reward for a free unit); without it, all that is left.")
@click.option("--receipt", metavar="TEXT", help="The text of the customer's receipt code, for a sale made at another terminal.")
@click.option("--ref", metavar="REF", help="The refund's own reference: a repeat is the same refund.")
@card_options(writes=True)
def refund(home, sale, returned, receipt, ref, **options):
    """Give money back for returned goods, and put the card where it belongs: exactly what that share of the sale gave.

    \b
    Examples:
      stampd card refund --sale R-1017
      stampd card refund --sale R-1017 --line latte:1 --ref B-12
    """
    perform(home, options, {"kind": "refund", "sale": sale, "receipt": receipt, "ref": ref}, say, {"returned": returned})


@card.command()
@click.argument("event", metavar="JSON")
@click.option("--sale", metavar="REF", help="The reference: a repeat is the same event.")
@card_options(writes=True)
def event(home, event, sale, **options):
    """Another event of the shop's offers: enrol, return (empties), donate, grant or migrate, as docs/offers.md lists them.

    \b
    Examples:
      stampd card event '{"on": "return", "item": "jar", "qty": 2}'
      stampd card event '{"on": "enrol", "group": "student", "group_to": "2026-12-31"}'
    """
    perform(home, options, {"kind": "event", "sale": sale}, say, {"event": event})


@card.command()
@click.argument("sale", metavar="REF")
@click.option("--svg", type=click.Path(dir_okay=False), metavar="FILE", help="Write the code as a picture.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
@pass_home
def receipt(home, sale, svg, as_json):
    """The signed receipt of a sale as a QR code: another terminal of the scheme refunds from it, with the network down.

    \b
    Example: stampd card receipt R-1017 --svg receipt.svg
    """
    from host_tools.cli.card_receipt import tell_receipt

    with told(as_json):
        tell_receipt(home, sale, svg, as_json)


@card.command()
@click.option("--opening", "opening", multiple=True, metavar="COUNTER=N", help="Stamps carried over from a paper card.")
@click.option("--reason", default="", metavar="TEXT", help="Why the card opens with stamps.")
@click.option("--open", "open_writes", is_flag=True, help="No password on the card, for readers that cannot send one.")
@card_options(writes=True)
def issue(home, opening, reason, open_writes, **options):
    """Make a blank chip a card of this shop; run again, it finishes what was interrupted.

    \b
    Examples:
      stampd card issue
      stampd card issue --opening stamps=4 --reason "paper card"
    """
    perform(home, options, {"kind": "issue", "reason": reason, "open_writes": open_writes}, say, {"opening": opening})


@card.command()
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger.")
@card_options(writes=True)
def block(home, reason, **options):
    """Block the card.

    \b
    Example: stampd card block --reason "reported lost"
    """
    perform(home, options, {"kind": "block", "reason": reason}, say)


@card.command()
@click.option("--reason", default="", metavar="TEXT", help="Why; kept in the ledger.")
@card_options(writes=True)
def unblock(home, reason, **options):
    """Lift a block.

    \b
    Example: stampd card unblock --reason "found again"
    """
    perform(home, options, {"kind": "unblock", "reason": reason}, say)


@card.command()
@card_options(writes=True)
def repair(home, **options):
    """Write the ledger's last state to a card that lost its record.

    \b
    Example: stampd card repair
    """
    perform(home, options, {"kind": "repair"}, say)


@card.command()
@click.option("--epoch", type=click.IntRange(1, 15), metavar="N", help="Key epoch (default: the shop's current one).")
@card_options(writes=True)
def rotate(home, epoch, **options):
    """Move the card to another key epoch: chip keys where its family allows that, and its record.

    \b
    Example: stampd card rotate --epoch 2
    """
    perform(home, options, {"kind": "rotate", "epoch": epoch}, say)


@card.command()
@card_options(writes=False)
def history(home, **options):
    """What happened to this card, by the ledger and by the card itself.

    \b
    Example: stampd card history --json
    """
    perform(home, options, {"kind": "history"}, say_history)


@card.command()
@click.option("--out", "out", type=click.Path(dir_okay=False), metavar="FILE", help="Write the exchanges to a file that can be replayed.")
@card_options(writes=False)
def trace(home, out, **options):
    """Read the card and print every exchange, in words and bytes, without secrets, and where its time went.

    \b
    Examples:
      stampd card trace
      stampd card trace --out card.trace
    """
    from host_tools.cli.card_trace import say_trace

    perform(home, options, {"kind": "show"}, lambda answer: (say_trace(answer, out), say_face(answer)), tracing=True, out=out)
