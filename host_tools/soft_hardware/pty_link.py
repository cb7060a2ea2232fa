"""LINK: the symbolic link by which a pseudo-terminal of an emulated device is found."""

import os

from cardos.errors import BadInput


def place_link(target, link):
    """Make the link. A symbolic link there is replaced; BadInput for a file, or where no link can be made."""
    if os.path.lexists(link) and not os.path.islink(link):
        raise BadInput("%s is a file, not a link to a serial line" % link, "choose another LINK")
    temporary = "%s.%d.tmp" % (link, os.getpid())
    try:
        os.symlink(target, temporary)
        os.replace(temporary, link)
    except OSError as trouble:
        raise BadInput("cannot make the link %s: %s" % (link, trouble.strerror), "choose a folder you may write to") from trouble


def remove_link(target, link):
    """Take the link away, if it still leads to this line."""
    if os.path.islink(link) and os.readlink(link) == target:
        os.unlink(link)
