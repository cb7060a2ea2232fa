"""`stampd board`: make stand-alone terminals, list, update and revoke them. Keys go over the cable only, never into an argument or an output."""

import importlib
import json

import click

from host_tools.cli.board_shop import common_options, device_options, keys_of, read_only, register_of, say, teller
from host_tools.cli.board_words import listed_lines, made_words, named
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

# Words of board.json; terminal/boards/common.py is their home, a test compares.
READERS = ("pn532-uart", "pn532-i2c", "pn532-spi", "mfrc522")
DISPLAYS = ("ssd1306", "sh1106", "none")
LIGHTS = ("ws2812", "rgb", "rgb-anode", "none")
BUTTONS = ("three", "keypad", "none")


class BoardGroup(click.Group):
    """The group; the demo's file is imported when it is asked for."""

    def list_commands(self, ctx):
        return [*super().list_commands(ctx), "demo"]

    def get_command(self, ctx, name):
        if name == "demo":
            return importlib.import_module("host_tools.cli.board_demo").demo
        return super().get_command(ctx, name)


@click.group(name="board", cls=BoardGroup)
def board():
    """Make stand-alone terminals, and look after them.

    \b
    Examples:
      stampd board flash                   the firmware onto the board that is plugged in
      stampd board provision --name bar    make it a terminal of this shop
      stampd board list
    """


def _boards():
    from host_tools.boards.firmware import ANY, BOARDS

    return click.Choice([ANY, *BOARDS])


@board.command()
@device_options
@click.option("--board", "kind", type=_boards(), default="any", show_default=True, help="leave out what only other boards need")
@click.option("--dry-run", is_flag=True, help="look at everything, write nothing")
@common_options
@pass_home
def flash(home, port, folder, kind, dry_run, passphrase_file, as_json):
    """Put this shop's firmware on a board that has MicroPython. Only what differs is sent; a flash that was cut goes on where it stopped.

    \b
    Examples:
      stampd board flash --dry-run
      stampd board flash --port /dev/ttyACM0 --board pico2-w
    """
    with told(as_json):
        answer = _flashed(home, port, folder, kind, dry_run, passphrase_file, as_json)
        say(answer, as_json)


def _flashed(home, port, folder, kind, dry_run, passphrase_file, as_json):
    from host_tools.boards.devices import open_device
    from host_tools.boards.making import flash_board
    from host_tools.boards.releases import size_of

    keys = keys_of(home, passphrase_file)
    device = open_device(port, folder)
    try:
        release, found, facts = flash_board(home, keys, device, kind, dry_run=dry_run, told=teller(as_json))
    finally:
        device.close()
    message, hint = made_words(device.name, release, found, facts, dry_run)
    return {
        "outcome": "done", "board": device.name, "micropython": ".".join(map(str, facts.version)), "frozen": facts.is_frozen, "release": release.number,
        "slot": found.slot, "files": len(release.files), "bytes": size_of(release.files), "sent": [path for path, _ in found.send],
        "sent_bytes": size_of(found.send), "removed": found.drop, "dry_run": dry_run, "message": message, "hint": hint,
    }  # fmt: skip


@board.command()
@click.option("--name", metavar="NAME", help="what people call it, as counter or bar")
@device_options
@click.option("--renew", is_flag=True, help="new keys for a board of this shop; its journal stays")
@click.option("--wifi", is_flag=True, help="ask for the name and password of its network")
@click.option("--wifi-file", type=click.Path(allow_dash=True), metavar="FILE", help="first line the network's name, second its password")
@click.option("--reader", type=click.Choice(READERS), help="which reader is wired (default: pn532-uart)")
@click.option("--display", type=click.Choice(DISPLAYS), help="which display is wired (default: ssd1306)")
@click.option("--light", type=click.Choice(LIGHTS), help="which light is wired (default: ws2812)")
@click.option("--buttons", type=click.Choice(BUTTONS), help="which buttons are wired (default: three)")
@click.option("--force", is_flag=True, help="take over a board of another shop, or make one anew")
@click.option("--forget-journal", is_flag=True, help="with --force: what its journal holds and the shop has not may be lost")
@click.option("--dry-run", is_flag=True, help="look at everything, write nothing")
@common_options
@pass_home
def provision(home, name, port, folder, renew, wifi, wifi_file, force, forget_journal, dry_run, passphrase_file, as_json, **parts):
    """Make a flashed board a terminal of this shop: its number, keys, certificate, pack and stop list, over the cable.

    \b
    Examples:
      stampd board provision --name counter --wifi
      stampd board provision --port /dev/ttyACM0 --renew
    """
    from cardos.errors import BadInput

    with told(as_json):
        if force and renew or forget_journal and not force:
            raise BadInput("--renew keeps a board's journal, --force makes it anew.", "Give one of them; --forget-journal goes with --force.")
        network = _network(wifi, wifi_file)
        chosen = {key: word for key, word in parts.items() if word}
        answer = _provisioned(home, name, port, folder, renew, force, forget_journal, network, chosen, dry_run, passphrase_file, as_json)
        say(answer, as_json)


def _provisioned(home_path, name, port, folder, renew, force, forget_journal, network, parts, dry_run, passphrase_file, as_json):
    from host_tools.boards import provisioning
    from host_tools.boards.devices import open_device

    if dry_run:
        return _would_provision(home_path, name, open_device(port, folder), keys_of(home_path, passphrase_file), renew, force)
    with register_of(home_path, passphrase_file) as register:
        device = open_device(port, folder)
        try:
            made = provisioning.provision(
                register, device, name, renew=renew, force=force, forget_journal=forget_journal, wifi=network, parts=parts, told=teller(as_json),
            )  # fmt: skip
        finally:
            device.close()
    message = "%s is terminal %d, %s, provisioning %d." % (device.name, made.terminal, made.name, made.serial)
    return {
        "outcome": "done", "board": device.name, "terminal": made.terminal, "serial": made.serial, "name": made.name, "renewed": made.renewed,
        "files": made.files, "dry_run": False, "message": message, "hint": "It shows \"ready\" when it has started; `stampd board list` shows its first sync.",
    }  # fmt: skip


def _would_provision(home, name, device, keys, renew, force):
    from host_tools.boards import provisioning
    from host_tools.boards.register import listed

    try:
        found = provisioning.check(device, keys, renew, force)
    finally:
        device.close()
    with read_only(home) as shop:
        name = name or provisioning.name_of(listed(shop), found)
    message = "Dry run: %s would be provisioned%s as %s; nothing was written." % (device.name, " anew" if found else "", name)
    return {
        "outcome": "done", "board": device.name, "terminal": found and found.terminal, "name": name, "renewed": bool(found), "dry_run": True,
        "message": message, "hint": "",
    }  # fmt: skip


@board.command(name="list")
@click.option("--ports", is_flag=True, help="also the serial ports on which a board may be")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def list_boards(home, ports, as_json):
    """The boards of this shop: number, name, status, last sync, lines, certificate, room in the journal.

    \b
    Example:
      stampd board list
    """
    from host_tools.boards.register import listed
    from host_tools.boards.releases import published

    with told(as_json):
        with read_only(home) as shop:
            rows = listed(shop)
        answer = {"boards": rows, "release": published(home)}
        if ports:
            from host_tools.boards.mpremote_device import ports as serial_ports

            answer["ports"] = serial_ports()
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(listed_lines(answer)))


@board.command()
@click.argument("terminal", metavar="TERMINAL|NAME")
@click.option("--lines", type=click.IntRange(1, 10000), default=40, show_default=True, help="how many of the newest")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def logs(home, terminal, lines, as_json):
    """What a board's journal told the shop, oldest first.

    \b
    Example:
      stampd board logs counter
    """
    from host_tools.boards.register import listed
    from host_tools.boards.register import logs as lines_of

    with told(as_json):
        with read_only(home) as shop:
            row = named(listed(shop), terminal)
            found = lines_of(shop, row["terminal"], lines)
        if as_json:
            click.echo(json.dumps({"terminal": row["terminal"], "name": row["name"], "lines": found}, ensure_ascii=False))
        else:
            click.echo("\n".join(found) if found else "%s has sent no lines yet." % row["name"])


@board.command()
@device_options
@click.option("--dry-run", is_flag=True, help="look at everything, write nothing")
@common_options
@pass_home
def update(home, port, folder, dry_run, passphrase_file, as_json):
    """Make this version's firmware available to all boards through their sync; with --port or --folder, put it on that board now.

    \b
    Examples:
      stampd board update
      stampd board update --port /dev/ttyACM0
    """
    from host_tools.boards.releases import build, publish, published, size_of

    with told(as_json):
        if port or folder:
            say(_flashed(home, port, folder, "any", dry_run, passphrase_file, as_json), as_json)
            return
        before, release = published(home), build(home, keys_of(home, passphrase_file))
        if not dry_run:
            publish(home, release)
        state = "would be" if dry_run else "is" if before != release.number else "was already"
        answer = {
            "outcome": "done", "release": release.number, "before": before, "files": len(release.files), "bytes": size_of(release.files), "dry_run": dry_run,
            "message": "Release %d (%d KB) %s available to all boards." % (release.number, size_of(release.files) // 1024, state),
            "hint": "Each takes it with its next sync and starts it when nobody is being served.",
        }  # fmt: skip
        say(answer, as_json)


@board.command()
@click.argument("terminal", metavar="TERMINAL|NAME")
@click.option("--reason", required=True, metavar="TEXT", help="why, for the ledger: stolen, lost, retired")
@click.option("--dry-run", is_flag=True, help="say what would happen, write nothing")
@common_options
@pass_home
def revoke(home, terminal, reason, dry_run, passphrase_file, as_json):
    """End a board that was stolen or lost: nothing that it sends is taken any more, and its certificate runs out.

    \b
    Example:
      stampd board revoke counter --reason stolen
    """
    from host_tools.boards.register import listed

    with told(as_json):
        with read_only(home) as shop:
            row = named(listed(shop), terminal)
        if not dry_run:
            with register_of(home, passphrase_file, with_keys=False) as register:
                register.revoke(row["terminal"], reason)
        message = "Terminal %d, %s, %s revoked." % (row["terminal"], row["name"], "would be" if dry_run else "is")
        answer = {
            "outcome": "done", "terminal": row["terminal"], "name": row["name"], "reason": reason, "dry_run": dry_run, "message": message,
            "hint": "Cards that it forges show as cases. Move to new keys soon: who has the board has this epoch's keys (docs/threat-model.md).",
        }  # fmt: skip
        say(answer, as_json)


def _network(asked, file):
    """(name, password) of a Wi-Fi from a file or a prompt, or None."""
    from host_tools.boards.wifi import ask, from_file

    if file is not None:
        return from_file(file)
    return ask() if asked else None
