"""Files that a command writes for a person: beside their name first and renamed, so that nothing half-written carries it."""

from pathlib import Path

from cardos.errors import BadInput


def write_file(path, data, code, hint):
    """Write bytes. BadInput with `code` when the disk is full, the place is not writable, or the name is no file (a device, a folder).

    What stood there stays as it was then. hint: what to do next.
    """
    path = Path(path)
    if path.exists() and not path.is_file():
        raise BadInput("%s is no file to write to." % path, hint, code)
    new = path.with_name(path.name + ".new")
    try:
        try:
            new.write_bytes(data)
            new.replace(path)
        finally:
            new.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput("%s could not be written (%s)." % (path, error.strerror), hint, code) from error
