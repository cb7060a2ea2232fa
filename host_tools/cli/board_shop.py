"""What the commands of `stampd board` share: their options, the shop's keys and ledger, how they answer."""

import json

import click


def device_options(command):
    """--port and --folder: which board."""
    command = click.option("--folder", type=click.Path(file_okay=False), metavar="DIR", help="a folder that a MicroPython here runs as a board")(command)
    return click.option("--port", metavar="PORT", help="serial port of the board (default: the only one there is)")(command)


def common_options(command):
    """--passphrase-file and --json."""
    command = click.option("--json", "as_json", is_flag=True, help="one JSON document on standard output")(command)
    return click.option("--passphrase-file", type=click.Path(allow_dash=True), metavar="FILE", help="its first line opens the shop's keys")(command)


def passphrase_of(home, file):
    """A callable for `Home.open`: of the file, else the one that shop.toml names (None), else a prompt."""
    from host_tools.provisioning.passphrase import from_file
    from host_tools.settings import FILE, read_settings

    if file is not None:
        return from_file(file)
    if read_settings(home / FILE).passphrase_file:
        return None
    return lambda: click.prompt("Pass phrase for the keys", hide_input=True, err=True)


def keys_of(home, file):
    """The shop's key ring, for a command that leaves its ledger alone."""
    from host_tools.provisioning.keys import open_keys
    from host_tools.provisioning.passphrase import from_file
    from host_tools.settings import FILE, read_settings

    settings = read_settings(home / FILE)
    passphrase = passphrase_of(home, file) or from_file(settings.passphrase_file)
    return open_keys(home, settings.production, passphrase)


def register_of(home, file, with_keys=True):
    """The register that takes boards in and ends them: the daemon's while one serves this home (two writers never meet), else this
    process's own. A context manager. with_keys: the command needs the shop's keys itself."""
    from contextlib import contextmanager

    from host_tools.boards.registers import DaemonRegister, OwnRegister
    from host_tools.daemon.client import find_daemon
    from host_tools.home import Home

    @contextmanager
    def opened():
        daemon = find_daemon(home)
        if daemon is not None:
            yield DaemonRegister(daemon, home, keys_of(home, file) if with_keys else None)
            return
        with Home.open(home, passphrase=passphrase_of(home, file)) as own:
            yield OwnRegister(own)

    return opened()


def read_only(home):
    """The shop's ledger to look at, also while a daemon writes it; as `store` of an object, which is what the register takes."""
    from contextlib import contextmanager
    from types import SimpleNamespace

    from cardos.errors import BadInput
    from host_tools.home import LEDGER_FILE
    from host_tools.settings import FILE, read_settings
    from host_tools.store import Store

    @contextmanager
    def opened():
        if not (home / LEDGER_FILE).exists():
            raise BadInput("There is no shop in %s." % home, "Make one: stampd keys init (or, to try: stampd keys init --test).", "NO_HOME")
        with Store.open(home / LEDGER_FILE, None, read_settings(home / FILE).terminal, read_only=True) as store:
            yield SimpleNamespace(store=store)

    return opened()


def teller(as_json):
    """Says each path on standard error as it is sent, for whoever watches."""
    return (lambda path: None) if as_json else (lambda path: click.echo("  " + path, err=True))


def say(answer, as_json):
    """One JSON document, or the message and what to do next."""
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        click.echo(answer["message"] + ("\n" + answer["hint"] if answer["hint"] else ""))
