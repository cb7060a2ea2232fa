"""`stampd keys`: make a shop's keys, and say what there is. A pass phrase comes from a prompt or a file, never from an argument."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click

from cardos.errors import BadInput
from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

LOCK_WAIT_S = 5.0
SAME_DISK = "It lies on the same disk as the shop; take a copy elsewhere."


@click.group(name="keys")
def keys():
    """Make a shop's keys and prove their recovery copy.

    \b
    Examples:
      stampd keys init --recovery /media/stick/shop.keys
      stampd keys status
    """


@keys.command()
@click.option("--test", "test", is_flag=True, help="the fixed TEST keys, for trying things out; asks nothing")
@click.option("--scheme", metavar="HEX", help="scheme number 0001 to FFFE (default: drawn)")
@click.option("--recovery", type=click.Path(path_type=Path), metavar="FILE", help="write and prove a recovery copy at a second place")
@click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="its first line is the pass phrase (- is standard input)")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@click.option("--dry-run", is_flag=True, help="check everything, write nothing")
@pass_home
def init(home, test, scheme, recovery, passphrase_file, as_json, dry_run):
    """Make a new shop: its directory, its keys, an empty ledger. Over existing keys, --recovery writes another copy of them.

    \b
    Examples:
      stampd --home ./shop keys init --test
      stampd keys init --recovery /media/stick/shop.keys
    """
    from host_tools.provisioning.new_keys import make_keys, make_test_keys

    with told(as_json):
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        if test:
            if recovery or scheme or passphrase_file:
                raise BadInput("TEST keys take no scheme, pass phrase or recovery copy.", "Leave those options out, or leave --test out.")
            made = make_test_keys(home, dry_run=dry_run)
        else:
            number = _scheme(scheme)
            made = make_keys(home, number, _passphrase(home, passphrase_file), recovery, at, dry_run=dry_run)
        if not dry_run:
            _finish_home(home, made.keys, at)
        _say_made(home, made, recovery, dry_run, as_json)


@keys.command()
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def status(home, as_json):
    """Say which keys this shop has and whether a recovery copy was proven. Asks no pass phrase; exit 1 when there are no keys.

    \b
    Example:
      stampd keys status --json
    """
    from host_tools.provisioning.keys import key_status
    from host_tools.provisioning.recovery import recovery_of

    with told(as_json):
        found = key_status(home)
        recovery = recovery_of(home, found.epochs) if found.present and not found.test else None
        message, hint = _status_words(found, recovery)
        answer = {
            "present": found.present, "test": found.test, "scheme": None if found.scheme is None else "%04X" % found.scheme,
            "epoch": found.epoch, "epochs": list(found.epochs), "recovery": recovery and _recovery_json(recovery), "message": message, "hint": hint,
        }  # fmt: skip
        _print(answer, as_json)
    raise SystemExit(0 if found.present else 1)


@keys.command()
@click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="its first line opens the shop's keys (- is standard input)")
@click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")
@pass_home
def public(home, passphrase_file, as_json):
    """Print the public key that verifies this shop's seals. It is no secret: whoever has it can prove a card's newest record.

    \b
    Example:
      stampd keys public --json
    """
    from host_tools.provisioning.keys import open_keys

    with told(as_json):
        ring = open_keys(home, production=False, passphrase=_passphrase(home, passphrase_file))
        key = ring.public_key("seal").hex()
        answer = {
            "purpose": "seal", "public_key": key, "scheme": "%04X" % ring.scheme, "test": ring.is_test,
            "message": key, "hint": "Ed25519, scheme %04X; docs/card-format.md, section 8, shows how a seal is verified with it." % ring.scheme,
        }  # fmt: skip
        _print(answer, as_json)


def _scheme(text):
    from host_tools.provisioning.new_keys import check_scheme

    if text is None:
        import secrets

        return secrets.randbelow(0xFFFE) + 1
    try:
        return check_scheme(int(text, 16))
    except ValueError:
        raise BadInput("A scheme number is 0001 to FFFE (hexadecimal), not %r." % text, "Leave --scheme out to draw one.") from None


def _passphrase(home, file):
    """A callable that gives the pass phrase: of the file, or of two equal answers at the prompt (one when keys exist)."""
    from host_tools.provisioning.keys import key_status
    from host_tools.provisioning.passphrase import from_file

    if file is not None:
        return from_file(file)
    new = not key_status(home).present
    return lambda: click.prompt("Pass phrase for the keys", hide_input=True, confirmation_prompt=new, err=True)


def _finish_home(home, ring, at):
    """What a complete home has besides keys: settings and an empty ledger with its first head."""
    from host_tools.home import LEDGER_FILE
    from host_tools.home_lock import HomeLock
    from host_tools.provisioning.keys import head_mac
    from host_tools.settings import FILE as SETTINGS_FILE
    from host_tools.settings import read_settings, write_starter
    from host_tools.store import Store

    settings = read_settings(home / SETTINGS_FILE)
    write_starter(home / SETTINGS_FILE)
    if (home / LEDGER_FILE).exists():
        return
    lock = HomeLock(home).take(LOCK_WAIT_S)
    try:
        with Store.open(home / LEDGER_FILE, head_mac(ring), settings.terminal) as store:
            store.write_head(at)
    finally:
        lock.free()


def _say_made(home, made, recovery, dry_run, as_json):
    if made.recovery is not None:
        message = "The keys of %s are made." if made.created else "The keys of %s stay as they are."
        message = message % home + " The recovery copy %s was written, read back and proven." % made.recovery.path
        hint = SAME_DISK if made.recovery.same_disk else "Keep it and the pass phrase apart from this machine."
    elif made.keys.is_test:
        message, hint = "The shop %s has the TEST keys." % home, "Anybody can write cards for TEST keys: never open a real shop with them."
    else:
        message, hint = "The keys of %s are made." % home, "There is no recovery copy: lost keys are dead cards. Run `stampd keys init --recovery FILE` now."
    if dry_run:
        message, hint = "Dry run: everything fits, nothing was written.", ""
    answer = {
        "outcome": "done", "home": str(home), "created": made.created and not dry_run, "test": made.keys.is_test, "scheme": "%04X" % made.keys.scheme,
        "epoch": made.keys.epoch, "recovery": made.recovery and _recovery_json(made.recovery), "dry_run": dry_run, "message": message, "hint": hint,
    }  # fmt: skip
    _print(answer, as_json)


def _status_words(found, recovery):
    if not found.present:
        return "This shop has no keys yet.", "Make them with `stampd keys init --recovery FILE`, or `stampd keys init --test` to try things out."
    if found.test:
        return "This shop has the TEST keys (scheme FFFF).", "They are public; a production shop refuses them."
    words = "This shop has keys of scheme %04X, epoch %d." % (found.scheme, found.epoch)
    if recovery is None:
        return words + " No recovery copy was ever proven.", "Lost keys are dead cards: run `stampd keys init --recovery FILE`."
    words += " A recovery copy was proven on %s at %s." % (recovery.at[:10], recovery.path)
    return words, SAME_DISK if recovery.same_disk else ""


def _recovery_json(recovery):
    return {"path": recovery.path, "at": recovery.at, "proven": True, "same_disk": recovery.same_disk, "there_now": recovery.there_now}


def _print(answer, as_json):
    if as_json:
        click.echo(json.dumps(answer))
    else:
        click.echo(answer["message"] + ("\n" + answer["hint"] if answer["hint"] else ""))
