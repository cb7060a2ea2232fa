"""`stampd ledger`: prove the shop's history and hand it to other programs. Both only read, also while the daemon runs."""

import json
import sys
from pathlib import Path

import click

from cardos.errors import BadInput, StampdError
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told


@click.group(name="ledger")
def ledger():
    """Prove and export the shop's append-only history.

    \b
    Examples:
      stampd ledger verify
      stampd ledger export --format csv --out taps.csv
    """


@ledger.command()
@click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="unlock the keys with the first line of FILE, to check the heads")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def verify(home, passphrase_file, as_json):
    """Recompute the chain of all events, the MACed heads and the register. Exit 1 when anything does not fit.

    \b
    Example:
      stampd ledger verify --json
    """
    with told(as_json):
        mac, note = _head_mac(home, passphrase_file)
        with _open(home, mac) as store:
            verdict = store.verify()
        if as_json:
            click.echo(json.dumps(verdict))
        else:
            click.echo(_words(verdict))
        if note:
            click.echo(note, err=True)
    raise SystemExit(0 if verdict["ok"] else 1)


@ledger.command()
@click.option("--format", "kind", type=click.Choice(["jsonl", "csv"]), default="jsonl", help="jsonl: every event with its hash; csv: a line a transaction")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="write to FILE (default: standard output)")
@pass_home
def export(home, kind, out):
    """Write the ledger as JSON lines or CSV.

    \b
    Example:
      stampd ledger export --format csv --out taps.csv
    """
    with told(False), _open(home, None) as store:
        lines = store.export(kind)
        if out is None:
            for line in lines:
                sys.stdout.write(line + "\n")
            return
        _write_file(out, lines)


def _write_file(out, lines):
    """Writes beside FILE and renames, so that a half-written export never carries the name."""
    new = out.with_name(out.name + ".new")
    try:
        with new.open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(line + "\n")
        new.replace(out)
    except OSError as error:
        new.unlink(missing_ok=True)
        raise BadInput("%s could not be written (%s)." % (out, error.strerror), "Name another file with --out.", "EXPORT_NOT_WRITTEN") from error


def _open(home, mac):
    from host_tools.home import LEDGER_FILE
    from host_tools.settings import FILE, read_settings
    from host_tools.store import Store

    store = Store.open(home / LEDGER_FILE, mac, read_settings(home / FILE).terminal, read_only=True)
    try:
        store.refuse_other_terminal()
    except StampdError:
        store.close()
        raise
    return store


def _head_mac(home, passphrase_file):
    """(the callable that checks heads, "") or (None, why the heads are not checked): the chain is verified without keys too."""
    from host_tools.provisioning.keys import head_mac, open_keys
    from host_tools.provisioning.passphrase import from_file
    from host_tools.settings import FILE, read_settings

    file = passphrase_file or read_settings(home / FILE).passphrase_file
    try:
        return head_mac(open_keys(home, False, from_file(file) if file else None)), ""
    except StampdError as error:
        if passphrase_file:
            raise
        return None, "The MACs of the heads were not checked: %s %s" % (error.message, error.hint)


def _words(verdict):
    if verdict["ok"]:
        return "The ledger is whole: %d events, every hash, head and register line fits." % verdict["events"]
    if verdict["tail_missing"]:
        what = "Its end is missing: this home once signed for more events than there are."
    elif verdict["first_bad"] is not None:
        what = "Event %d is the first that does not fit." % verdict["first_bad"]
    else:
        what = "The events fit, but a head or the register was changed."
    return "The ledger is NOT whole (%d events). %s\nKeep a copy of the directory as evidence, then put back the newest backup." % (verdict["events"], what)
