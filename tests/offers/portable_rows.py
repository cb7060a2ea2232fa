"""The rows of offers.json with their packs compiled, for interpreters without the compiler: tests/portable/offer_rows.txt.

One row's id and one JSON value a line, so that memory holds one sequence at a time: a pack {"pack"}, then the sequences that it
plays {"name", "customer", "start", "cards", "events"}.

    python -m tests.offers.portable_rows       writes the file again
"""

import json
from pathlib import Path

from host_tools.offers.replay import pack_of_row

ROWS = Path(__file__).with_name("offers.json")
FILE = Path(__file__).resolve().parents[1] / "portable" / "offer_rows.txt"
KEPT = ("name", "customer", "start", "cards", "events")


def content():
    """The text of the file as compiler and rows make it now."""
    lines = []
    for row in json.loads(ROWS.read_text("utf-8"))["rows"]:
        held = None
        for sequence in row.get("sequences", ()):
            pack = pack_of_row(row, sequence.get("with"))
            if pack != held:
                lines.append((row["id"], {"pack": pack}))
                held = pack
            lines.append((row["id"], {key: sequence[key] for key in KEPT if key in sequence}))
    return "".join("%s %s\n" % (name, json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True)) for name, line in lines)


if __name__ == "__main__":
    FILE.write_text(content(), "utf-8")
