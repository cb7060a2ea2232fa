"""`stampd softcard`: software cards in files, on real reader stacks. Needs no home. Also: python -m host_tools.cli.softcard"""

import sys

import click

from cardos.errors import BadInput, StampdError
from cardos.soft_cards.registry import families, new_card
from cardos.soft_cards.tears import HALF, MODES, tear_from_text

FAILED, USAGE = 1, 2

# UIDs that a family comes with, in bytes; all others have 7.
_UID_BYTES = {"classic-1k": (4, 7), "type4": (4, 7, 10)}

# Bytes of NXP's signature; a family that is not here has none, or keeps none on a soft card.
_SIGNATURE_BYTES = {
    "ntag213": 32, "ntag215": 32, "ntag216": 32, "ultralight-aes": 48, "ntag424": 56, "ntag424-lrp": 56, "desfire-ev2": 56, "desfire-ev3": 56,
}

_SIZES = {"2k": 2048, "4k": 4096, "8k": 8192}

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


@click.group(name="softcard", context_settings={"help_option_names": ["-h", "--help"]})  # also when started by itself
def softcard():
    """Software cards in files, served to PC/SC (vpcd) or as a serial PN532.

    \b
    Example:
      stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 card.json
      stampd softcard serve card.json --attach vpcd://127.0.0.1:35963
    """


@softcard.command()
@click.option("--family", required=True, type=click.Choice(families()), help="kind of card")
@click.option("--uid", required=True, metavar="HEX", help="7 bytes, the first is 04 on NXP chips; 4 or 7 for classic-1k; 4, 7 or 10 for type4")
@click.option("--signature", metavar="HEX", help="NXP's signature: 32 bytes on NTAG21x, 48 on Ultralight AES, 56 on NTAG 424 and DESFire EV2, EV3")
@click.option("--size", type=click.Choice(sorted(_SIZES)), help="memory of a DESFire (default: 4k)")
@click.option("--force", is_flag=True, help="replace FILE when it is there")
@click.argument("file", type=click.Path(dir_okay=False))
def new(family, uid, signature, size, force, file):
    """Make a card as delivered from the factory and keep its memory in FILE.

    \b
    Examples:
      stampd softcard new --family ntag215 --uid 04A1B2C3D4E5F6 card.json
      stampd softcard new --family desfire-ev3 --uid 04A1B2C3D4E5F7 --size 8k desfire.json
      stampd softcard new --family classic-1k --uid 5CA1B2C3 classic.json
    """
    from host_tools.soft_hardware.card_file import CardFile

    uid_bytes = _hex_option("--uid", uid, *_UID_BYTES.get(family, (7,)))
    options = {}
    if signature is not None:
        if family not in _SIGNATURE_BYTES:
            raise click.BadParameter("a soft %s keeps none" % family, param_hint="--signature")
        options["signature"] = _hex_option("--signature", signature, _SIGNATURE_BYTES[family])
    if size is not None:
        if not family.startswith("desfire"):
            raise click.BadParameter("only a DESFire comes in several sizes", param_hint="--size")
        options["size"] = _SIZES[size]
    if len(uid_bytes) == 7 and uid_bytes[0] != 0x04:
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
@click.option("--reader", "ability", default="pn532", show_default=True, help="vpcd, page cards: direct commands of the reader: pn532 bare transparent none")
@click.option("--wtx", type=click.IntRange(min=0), default=0, metavar="N", help="PN532, ISO-DEP: ask N times for more time before each command")
def serve(file, attach, tears, again, presentations, ability, wtx):
    """Hold the card in FILE to a reader until SIGTERM. Prints `ready` when it is attached.

    FILE is always the card's true memory, also after a kill; a FILE that is replaced meanwhile is another card image.
    A presentation begins with the first exchange and ends when the card is torn away or the field was off for 0.3 s.
    An exchange is one command to the card: an APDU on vpcd (but FF CA to an ISO-DEP or Classic card, which the reader
    answers by itself), a data-exchange payload on the PN532, however many blocks carry it. RATS and PPS are none.

    \b
    Examples:
      stampd softcard serve card.json --attach vpcd://127.0.0.1:35963
      stampd softcard serve card.json --attach pn532:/tmp/reader --tear 5:half:weak --again 1
    """
    from host_tools.soft_hardware.stop_signal import StopSignal

    with _plain_errors(), StopSignal() as stop:
        schedule = [tear_from_text(text) for text in tears]
        server = _server(file, attach, ability, wtx, stop, tears=schedule, again_s=again, presentations=presentations)
        server.run()


@softcard.command(epilog=_MODES_HELP)
@click.argument("file", required=False, type=click.Path(dir_okay=False))
@click.option("--page", metavar="P", help="page (Classic: block) to wound: 16 or 0x10")
@click.option("--mode", metavar="MODE", help="half:OUTCOME")
@click.option("--write", "data", metavar="HEX", help="the 4 bytes (Classic: 16) whose writing was cut (default: all FF)")
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
    from host_tools.soft_hardware import faces
    from host_tools.soft_hardware.card_file import CardFile

    if page is None or mode is None:
        raise click.UsageError("say which page and how: --page 16 --mode half:weak")
    outcome = mode.partition(":")[2]
    if mode not in MODES or not mode.startswith(HALF + ":"):
        raise click.BadParameter("a page can be left " + " ".join(m for m in MODES if m.startswith(HALF + ":")), param_hint="--mode")
    with _plain_errors(), CardFile(file) as held:
        if faces.kind_of(held.card) == faces.ISO_DEP:
            raise BadInput("a %s keeps files whole or not at all: it has no pages to wound" % held.card.family, "tear a command: softcard serve --tear")
        memory = held.card.memory
        written = b"\xff" * memory.size if data is None else _hex_option("--write", data, memory.size)
        number = _page_option(page, memory.count)
        memory.arm(outcome)
        memory.write(number, written)
        memory.disarm()
        left = held.card.state()
    weak = left["weak"].get(str(number))
    click.echo("page %02X is %s%s" % (number, left["pages"][number], "" if weak is None else ", unstable in the bits of %s" % weak))


def _server(file, attach, ability, wtx, stop, **how):
    """The server for an --attach; only what it needs is imported."""
    from host_tools.soft_hardware import faces

    def ready():
        click.echo("ready")
        sys.stdout.flush()

    if attach.startswith("pn532:"):
        from host_tools.soft_hardware.pn532 import Pn532Server, link_path

        link = link_path(attach)
        return Pn532Server(faces.served_on_pn532(file, **how), link, stop=stop, on_ready=ready, wtx_requests=wtx)
    from host_tools.soft_hardware.vpcd import VpcdServer, address

    host, port = address(attach)
    return VpcdServer(faces.served_on_vpcd(file, ability, **how), host, port, stop=stop, on_ready=ready)


def _hex_option(name, text, *counts):
    try:
        value = bytes.fromhex(text)
    except ValueError:
        raise click.BadParameter("%r is not hex" % text, param_hint=name) from None
    if len(value) not in counts:
        raise click.BadParameter("%s bytes wanted, %d given" % (" or ".join(map(str, counts)), len(value)), param_hint=name)
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
