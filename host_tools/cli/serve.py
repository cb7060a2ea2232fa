"""`stampd serve`: run the shop. Also adds and removes the clients (tills, points of sale) that may use it."""

import logging
from pathlib import Path

import click

from host_tools.cli.home_option import pass_home
from host_tools.cli.telling import told

_ROLES = ("reader", "cashier", "manager", "technician", "auditor")


@click.command()
@click.option(
    "--config", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE", help="the shop's settings (default: shop.toml in the home)"
)
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="instead of the settings' port; 0 takes a free one")
@click.option("--passphrase-file", type=click.Path(), metavar="FILE", help="its first line opens the shop's keys")
@click.option("--add-client", metavar="NAME", help="make a token for a till or a point of sale, print it once, and end")
@click.option("--role", type=click.Choice(_ROLES), default="cashier", show_default=True, help="what the new client may do")
@click.option("--remove-client", metavar="NAME", help="end a client's token and sessions at once, and end")
@pass_home
def serve(home, config, port, passphrase_file, add_client, role, remove_client):
    """Run the shop: till page, API, readers. Ends in order on Ctrl-C or SIGTERM.

    The first start makes a client "till" and prints its link: open it once in the till's browser, it stays signed in.

    \b
    Examples:
      stampd serve
      stampd serve --config shop.toml --port 8787
      stampd serve --add-client pos-1 --role cashier
    """
    from host_tools.settings import FILE, read_settings

    with told(False):
        settings = read_settings(config or home / FILE)
        if add_client is not None or remove_client is not None:
            _clients(home, settings, port, add_client, role, remove_client)
        else:
            _serve(home, settings, port, passphrase_file)


def _clients(home, settings, port, add, role, remove):
    from host_tools.daemon.security import FILE, Tokens

    tokens = Tokens(home / FILE)
    if remove is not None:
        tokens.remove(remove)
        click.echo("%s may no longer use this shop." % remove)
    if add is not None:
        token = tokens.add(add, role)
        click.echo("Client %s, role %s. Its token, shown only now:\n  %s" % (add, role, token))
        click.echo("As a till: http://%s:%d/?token=%s" % (settings.host, port or settings.port, token))


def _serve(home_path, settings, port, passphrase_file):
    from host_tools.daemon.service import Service
    from host_tools.home import Home

    passphrase = None
    if passphrase_file:
        from host_tools.provisioning.passphrase import from_file

        passphrase = from_file(passphrase_file)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s: %(message)s")
    home = Home.open(home_path, settings=settings, passphrase=passphrase)
    try:
        service = Service(home, port=port)
        service.on_ready = _say_ready
    except BaseException:
        home.close()
        raise
    service.run()
    click.echo("Stopped in order; the ledger's head is written.")


def _say_ready(service):
    click.echo("%s is open: %s" % (service.home.settings.shop, service.url))
    if not service.shop.tokens.names():
        token = service.shop.tokens.add("till", "manager")
        click.echo("Open the till once with this link, it is shown only now: %s/?token=%s" % (service.url, token))
    else:
        click.echo("Tills that were signed in stay so; another one: stampd serve --add-client NAME")
    if service.home.keys.is_test:
        click.echo("TEST keys: anybody can make cards for this shop.")
