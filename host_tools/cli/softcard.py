"""`stampd softcard`: software cards in files, on real reader stacks. Needs no home. Also: python -m host_tools.cli.softcard"""

import sys

import click

from cardos.errors import BadInput, StampdError
from cardos.soft_cards.registry import families, new_card
from cardos.soft_cards.tears import HALF, MODES, tear_from_text

FAILED, USAGE = 1, 2

_MODES_HELP = """
\b
MODE of a tear:
  not-sent       the field is lost before the command; the card never saw it
  not-executed   the card received the command and ignored it, the field is lost
  half           a write leaves its page torn, the field is lost; any other command
                 answers half its bytes. half:old half:zero half:garbage half:new
                 half:weak half:weak0 say how the page is left; plain half takes
                 them in turn by N. A weak page stays weak in FILE until rewritten
  answer-lost    executed, no answer, the field is lost
  corrupt        one bit of the answer is flipped, the card stays
"""


@click.group(name="softcard")
def softcard():
    """Software cards in files, served to PC/SC (vpcd) or as a serial PN532.

    \b
    Example:
      stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 card.json
      stampd softcard serve card.json --attach vpcd://127.0.0.1:35963
    """


@softcard.command()
@click.option("--family", required=True, type=click.Choice(families()), help="kind of card")
@click.option("--uid", required=True, metavar="HEX", help="7 bytes; the first is 04 on NXP chips")
@click.option("--signature", metavar="HEX", help="32 bytes that READ_SIG answers (default: zeros)")
@click.option("--force", is_flag=True, help="replace FILE when it is there")
@click.argument("file", type=click.Path(dir_okay=False))
def new(family, uid, signature, force, file):
    """Make a card as delivered from the factory and keep its memory in FILE.

    \b
    Example:
      stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 card.json
    """
    from host_tools.soft_hardware.card_file import CardFile

    uid_bytes = _hex_option("--uid", uid, 7)
    options = {} if signature is None else {"signature": _hex_option("--signature", signature, 32)}
    if uid_bytes[0] != 0x04:
        click.echo("note: the UID does not begin with 04, so some programs will not take this for an NXP chip", err=True)
    with _plain_errors():
        CardFile.create(file, new_card(family, uid_bytes, **options), overwrite=force)
    click.echo("%s: a new %s with UID %s" % (file, family, uid_bytes.hex().upper()))


@softcard.command(epilog=_MODES_HELP)
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--attach", required=True, metavar="WHERE", help="vpcd://127.0.0.1:PORT, or pn532:LINK (LINK becomes a link to a pty)")
@click.option("--tear", "tears", multiple=True, metavar="N:MODE", help="exchange N (from 0) goes wrong; may be given again")
@click.option("--again", type=click.FloatRange(min=0), metavar="S", help="after a tear the card comes back after S seconds")
@click.option("--presentations", type=click.IntRange(min=1), metavar="K", help="exit after the card was presented K times")
@click.option("--reader", "ability", default="pn532", show_default=True, help="vpcd: direct commands of the reader: pn532 bare transparent none")
def serve(file, attach, tears, again, presentations, ability):
    """Hold the card in FILE to a reader until SIGTERM. Prints `ready` when it is attached.

    FILE is always the card's true memory, also after a kill; a FILE that is replaced meanwhile is another card image.
    A presentation begins with the first exchange and ends when the card is torn away or the field was off for 0.3 s.

    \b
    Examples:
      stampd softcard serve card.json --attach vpcd://127.0.0.1:35963
      stampd softcard serve card.json --attach pn532:/tmp/reader --tear 5:half:weak --again 1
    """
    from host_tools.soft_hardware.stop_signal import StopSignal

    with _plain_errors(), StopSignal() as stop:
        schedule = [tear_from_text(text) for text in tears]
        server = _server(file, attach, ability, stop, tears=schedule, again_s=again, presentations=presentations)
        server.run()


@softcard.command(epilog=_MODES_HELP)
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--page", metavar="P", help="page to wound: 16 or 0x10")
@click.option("--mode", metavar="MODE", help="half:OUTCOME")
@click.option("--write", "data", default="FFFFFFFF", show_default=True, metavar="HEX", help="the 4 bytes whose writing was cut")
def tear(file, page, mode, data):
    """List the ways a card can be torn; with FILE, leave one page as a torn write leaves it.

    The wound ignores locks and passwords: it is what a write that was allowed would have left.

    \b
    Examples:
      stampd softcard tear
      stampd softcard tear card.json --page 0x10 --mode half:weak --write 01020304
    """
    if file is None:
        click.echo("\n".join(MODES))
        return
    from host_tools.soft_hardware.card_file import CardFile

    if page is None or mode is None:
        raise click.UsageError("say which page and how: --page 16 --mode half:weak")
    outcome = mode.partition(":")[2]
    if mode not in MODES or not mode.startswith(HALF + ":"):
        raise click.BadParameter("a page can be left " + " ".join(m for m in MODES if m.startswith(HALF + ":")), param_hint="--mode")
    written = _hex_option("--write", data, 4)
    with _plain_errors(), CardFile(file) as held:
        memory = held.card.memory
        number = _page_option(page, memory.count)
        memory.arm(outcome)
        memory.write(number, written)
        memory.disarm()
        left = held.card.state()
    weak = left["weak"].get(str(number))
    click.echo("page %02X is %s%s" % (number, left["pages"][number], "" if weak is None else ", unstable in the bits of %s" % weak))


def _server(file, attach, ability, stop, **how):
    """The server for an --attach; only what it needs is imported."""
    from host_tools.soft_hardware.served_card import ServedCard

    def ready():
        click.echo("ready")
        sys.stdout.flush()

    if attach.startswith("pn532:"):
        from cardos.soft_cards.two_step import CompatibilityWriteInOne
        from host_tools.soft_hardware.pn532 import Pn532Server, link_path

        link = link_path(attach)
        return Pn532Server(ServedCard(file, face=CompatibilityWriteInOne, **how), link, stop=stop, on_ready=ready)
    from host_tools.soft_hardware.storage_reader import StorageReader
    from host_tools.soft_hardware.vpcd import VpcdServer, address

    host, port = address(attach)
    served = ServedCard(file, face=lambda card: StorageReader(card, ability=ability), **how)
    return VpcdServer(served, host, port, stop=stop, on_ready=ready)


def _hex_option(name, text, count):
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise click.BadParameter("%r is not hex" % text, param_hint=name) from None
    if len(value) != count:
        raise click.BadParameter("%d bytes wanted, %d given" % (count, len(value)), param_hint=name)
    return value


def _page_option(text, count):
    try:
        number = int(text, 0)
    except ValueError:
        number = -1
    if not 0 <= number < count:
        raise click.BadParameter("this card has pages 0 to %d" % (count - 1), param_hint="--page")
    return number


class _plain_errors:
    """Our errors become a plain sentence, what to do next, and exit code 1."""

    def __enter__(self):
        return self

    def __exit__(self, kind, trouble, traceback):
        if isinstance(trouble, StampdError):
            click.echo("%s%s" % (trouble, "\n" + trouble.hint if trouble.hint else ""), err=True)
            sys.exit(USAGE if isinstance(trouble, BadInput) and trouble.code == BadInput.code else FAILED)
        return False


if __name__ == "__main__":
    softcard()
