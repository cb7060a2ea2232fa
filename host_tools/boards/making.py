"""From a bare MicroPython to a terminal of this shop in one call: flash, then provision. For the demo, tests and whoever has a script.

    with Home.open(path) as home:
        made = make_board(home, FolderDevice(folder), "counter", board="desk")
"""

from host_tools.boards.devices import BoardTrouble
from host_tools.boards.firmware import ANY, mpy_version
from host_tools.boards.flashing import flash, plan, refuse_full, refuse_unfit
from host_tools.boards.provisioning import holder, other_scheme, provision
from host_tools.boards.releases import build, keep_number


def flash_board(home_path, keys, device, board=ANY, *, dry_run=False, told=lambda path: None):
    """Put the firmware as it stands on a board. Returns (`Release`, `Plan`, `Facts`). home_path: where the release's number is kept.

    dry_run: everything is looked at, nothing is written. Raises BoardTrouble and BadInput as `releases` and `flashing` do.
    """
    _refuse_other_shop(device, keys)
    release = build(home_path, keys, board)
    facts = device.facts()
    refuse_unfit(facts, mpy_version())
    found = plan(device, release, facts)
    refuse_full(device, facts, found)
    if not dry_run:
        keep_number(home_path, release)
        flash(device, release, found, told)
    return release, found, facts


def _refuse_other_shop(device, keys):
    try:
        found = holder(device)
    except BoardTrouble:  # a vault that cannot be read is nobody's; provisioning tells
        return
    if found is not None and found.scheme != keys.scheme:
        raise other_scheme(device, found, keys)


def make_board(home, device, name, board=ANY, **how):
    """Flash and provision. home: an open Home. how: as `provisioning.provision` takes it. Returns its `Provisioned`."""
    flash_board(home.path, home.keys, device, board)
    return provision(home, device, name, **how)
