"""`stampd offers install`: the shop runs another pack from its next tap on."""

import json
from pathlib import Path

import click

from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told


@click.command(name="install")
@click.argument("pack", type=click.Path(path_type=Path), metavar="FILE.stampdpack|pack.toml")
@click.option("--drop", multiple=True, metavar="COUNTER", help="this counter may go, with what customers hold in it")
@click.option("--dry-run", is_flag=True, help="say what would change, install nothing")
@click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="its first line opens the shop's keys")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def install(home, pack, drop, dry_run, passphrase_file, as_json):
    """Run a pack in this shop: a signed file of its scheme, or a pack.toml, which is compiled after the pack that runs and signed.

    A daemon that is running takes it at its next tap. Cards keep what they hold; sales made before are refunded under their own pack.

    \b
    Examples:
      stampd offers install shop.stampdpack
      stampd offers install docs/offers/shop/first-pack.toml --dry-run
    """
    with told(as_json):
        answer, lines = _installed(home, pack, drop, dry_run, passphrase_file)
        if as_json:
            click.echo(json.dumps(answer, ensure_ascii=False))
        else:
            click.echo("\n".join([answer["message"], *lines]))


def _installed(home, file, drop, dry_run, passphrase_file):
    """(the JSON answer, a line for each counter)."""
    from host_tools.cli.offers import _is_toml, _keys, _migration_words
    from host_tools.offers import checking
    from host_tools.offers.installing import changes, check_for_shop
    from host_tools.offers.pack_toml import read_pack
    from host_tools.offers.signing import sign_pack
    from host_tools.settings import FILE as SETTINGS_FILE
    from host_tools.settings import read_settings
    from host_tools.shop_packs import ShopPacks

    settings = read_settings(home / SETTINGS_FILE)
    keys = _keys(home, False, passphrase_file)
    packs = ShopPacks(home, settings, keys)
    is_new = packs.are_none() and not _has_cards(home, settings)  # nothing is on any card that could be lost
    if _is_toml(file):
        source = read_pack(file)
        packs.refuse_older(source.number, file)
        data = sign_pack(checking.compiled(source, keys.scheme, None if is_new else packs.carried()), keys)
    else:
        data = _read(file)
    pack = packs.proven(data, file)
    before = pack if packs.replaces_damaged(pack) else packs.carried()
    check_for_shop(pack, file, settings)
    lines = changes(None if is_new else before, pack, file, drop)
    if not dry_run:
        packs.install(data, file)
    message = "Pack %d %s: %s." % (pack["number"], "would run" if dry_run else "runs", ", ".join(about["id"] for about in pack["offers"]))
    answer = {
        "outcome": "done", "file": str(file), "from": before["number"], "number": pack["number"], "dry_run": dry_run, "counters": lines,
        "offers": [about["id"] for about in pack["offers"]], "message": message, "hint": "",
    }  # fmt: skip
    return answer, [_migration_words(line) for line in lines]


def _has_cards(home, settings):
    """True when this shop's ledger knows a card. The ledger is only looked at: a daemon may be writing it."""
    from host_tools.home import LEDGER_FILE
    from host_tools.store import Store

    if not (home / LEDGER_FILE).exists():
        return False
    with Store.open(home / LEDGER_FILE, None, settings.terminal, read_only=True) as store:
        return bool(store.cards())


def _read(file):
    from cardos.errors import BadInput

    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput("%s cannot be read (%s)." % (file, error.strerror), "Name a file that `stampd offers compile` wrote.", "PACK_DAMAGED") from error
