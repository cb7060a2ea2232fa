"""What `stampd board` says to people."""

from cardos.errors import BadInput


def named(rows, text):
    """The row of a board by its number or name. BadInput (BOARD_UNKNOWN)."""
    for row in rows:
        if text == str(row["terminal"]) or text == row["name"]:
            return row
    names = ", ".join("%d (%s)" % (row["terminal"], row["name"]) for row in rows)
    raise BadInput("This shop has no board %s." % text, "It has: %s." % names if rows else "It has none yet: stampd board provision.", "BOARD_UNKNOWN")


def listed_lines(answer):
    """The lines of `board list`."""
    rows = [_row(row) for row in answer["boards"]]
    lines = ["No boards yet. Flash one: stampd board flash."]
    if rows:
        table = [("", "name", "status", "last sync", "lines", "certificate until", "journal", "release"), *rows]
        widths = [max(len(row[place]) for row in table) for place in range(len(table[0]))]
        lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in table]
    if answer["release"]:
        lines.append("Release %d is available through the sync." % answer["release"])
    for port in answer.get("ports", ()):
        lines.append("Serial port: %s" % port)
    if answer.get("ports") == []:
        lines.append("No serial port has a board.")
    return lines


def _row(row):
    state = row["state"] or {}
    room = "%d segments free" % state["free"] if "free" in state else "-"
    return (
        str(row["terminal"]), row["name"], row["status"], row["last_seen"] or "never", str(row["lines"]), row["certificate_until"] or "-", room,
        str(state.get("release", "-")),
    )  # fmt: skip


def made_words(name, release, found, facts, dry_run):
    """(message, hint) of a flash."""
    from host_tools.boards.releases import SIZE_MAX

    total = sum(len(data) for _, data in release.files)
    about = "release %d, %d files, %d KB of at most %d" % (release.number, len(release.files), total // 1024, SIZE_MAX // 1024)
    if facts.is_frozen:
        about = "the launcher; the firmware is frozen in its MicroPython"
    elif found.is_there and not found.send:
        return "%s has %s already." % (name, about), ""
    sent = sum(len(data) for _, data in found.send)
    if dry_run:
        return "Dry run: %s would get %s: %d files (%d KB) to send, %d to remove." % (name, about, len(found.send), sent // 1024, len(found.drop)), ""
    return "%s has %s; %d files (%d KB) were sent." % (name, about, len(found.send), sent // 1024), "Make it a terminal of this shop: stampd board provision."
