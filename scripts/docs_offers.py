"""The generated parts of docs/offers.md and docs/offers/README.md: every key from the schema, every example from its own file."""

import re
from pathlib import Path

from cardos.offers.pack_words import CONDITIONS, FIELDS, ROWS, SOURCES
from host_tools.offers import checking, language, pack_toml, schema
from host_tools.offers.language import read_offer
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.schema_economics import CALCS
from host_tools.offers.schema_fields import CODE, GRANT, WINDOW
from host_tools.offers.schema_points import LEVEL
from host_tools.offers.schema_prices import VERSION
from host_tools.offers.schema_types import OMIT, ONE_UNIT, REQUIRED
from host_tools.offers.state import needs_of

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "offers.md"
FOLDER = ROOT / "docs" / "offers"
GALLERY = FOLDER / "README.md"
ROW = re.compile(r"([a-f]\d\d)-[a-z0-9-]+\.toml")
PARTS = {"codes": CODE, "windows": WINDOW, "grants": GRANT, "versions": VERSION, ("tier-earn", "tiers"): LEVEL}
HEAD = "| key | value | default | what it is |\n|---|---|---|---|\n"
OPENING = """# The gallery

Written by `make docs` from the files beside this page. One example for each mechanic, with its sentence and its numbers in the file; all of them are tested.
[offers.md](../offers.md) lists every key. [shop/](shop/pack.toml) is a coffee shop with six offers in one pack.

| example | what it does | template | counters on the card | bytes |
|---|---|---|---|---|
"""


def put_between(page, name, body):
    """`page` with `body` between the two markers of a name. ValueError when they are not in it."""
    begin, end = "<!-- %s: written by `make docs` -->" % name, "<!-- end of %s -->" % name
    before, found, rest = page.partition(begin)
    _, found_end, after = rest.partition(end)
    if not found or not found_end:
        raise ValueError("docs/offers.md has no place for %s" % name)
    return "%s%s\n\n%s\n\n%s%s" % (before, begin, body.strip(), end, after)


def offers_page():
    """docs/offers.md as it should be."""
    page = PAGE.read_text("utf-8")
    page = put_between(page, "common keys", table(language.COMMON[:1] + (*schema.MONEY_FIELDS, *language.COMMON[1:]), "every"))
    pack = table(pack_toml.PACK_FIELDS, "pack") + "".join(
        table(fields, "pack", prefix).replace(HEAD, "") for prefix, fields in
        (("calendar.", pack_toml.CALENDAR.fields), ("limits.", pack_toml.LIMITS.fields), ("groups.NAME.", pack_toml.GROUP.fields)))
    return put_between(put_between(page, "pack keys", pack), "templates", "\n".join(templates()))


def templates():
    """One section for each template."""
    rows = examples_by_kind()
    for kind, template in sorted(schema.TEMPLATES.items()):
        links = ", ".join("[%s](offers/%s)" % (path.name[:3].upper(), path.name) for path in rows.get(kind, ()))
        yield "### %s\n\n**%s.** %s%s\n" % (kind, template.title, template.sentence, " Examples: %s." % links if links else "")
        if kind == "economics":
            for calc, (title, sentence, fields) in CALCS.items():
                yield '`calc = "%s"` – %s: %s\n\n%s' % (calc, title, sentence[:1].lower() + sentence[1:], table(fields, kind))
        else:
            yield table(template.fields, kind)
        if kind == "custom":
            yield from words_of_custom()


def words_of_custom():
    """The words that rules of one's own are made of, as the pack knows them."""
    yield ("A rule has a `phase` and an `op`, the fields of that operation, and may have `when = CONDITION` and `unless = [[CONDITION, \"CODE\"], …]`. "
           "[An example](offers/custom/quiet-hours.toml) has three. `counter` is another word for `c`; a field in brackets may be left out.\n")
    rows = {name: {key: kind for key, kind in fields.items() if key.rstrip("?") not in ("name", "ids", "kind")} for name, fields in ROWS.items()}
    operations = {name: fields for name, fields in FIELDS.items() if "." in name}
    yield _words_table("| operation | fields |", operations)
    yield "| condition |\n|---|\n" + "\n".join("| `[%s]` |" % ", ".join(['"%s"' % word, *kinds]) for word, kinds in sorted(CONDITIONS.items()))
    yield '| `["all", CONDITION, …]`, `["any", …]`, `["not", CONDITION]` |\n'
    yield _words_table("| source of a rate | fields |", SOURCES)
    yield _words_table("| kind of counter | fields beside `name` |", rows)


def _words_table(head, words):
    return head + "\n|---|---|\n" + "\n".join("| `%s` | %s |" % (name, fields_words(fields)) for name, fields in sorted(words.items())) + "\n"


def fields_words(fields):
    """Fields with what they hold; those that may be left out in brackets."""
    return ", ".join("[`%s` %s]" % (name[:-1], kind) if name.endswith("?") else "`%s` %s" % (name, kind) for name, kind in fields.items()) or "–"


def table(fields, kind, prefix=""):
    """The table of some fields; those of a table inside follow it, indented by their path."""
    lines = []
    for field in fields:
        part = PARTS.get((kind, field.name), PARTS.get(field.name) if kind != "pack" else None)
        unit = ", in %s" % field.unit if field.unit else ""
        lines.append("| `%s%s` | %s%s | %s | %s |" % (prefix, field.name, field.type.words, unit, default_words(field), field.about))
        if part:
            lines.append(table(part.fields, "", prefix + field.name + ".*.").replace(HEAD, "").rstrip())
    return HEAD + "\n".join(lines) + "\n"


def default_words(field):
    """How a default reads in the table."""
    if field.default is REQUIRED:
        return "needed"
    if field.default is OMIT:
        return ""
    if field.default is ONE_UNIT:
        return "one whole unit of the currency"
    value = field.default() if callable(field.default) else field.default
    return "`%s`" % {True: "true", False: "false"}.get(value, value) if isinstance(value, bool) else "`%s`" % (value if value or value == 0 else "empty")


def examples():
    """[path] of the gallery's files, in the order of their rows."""
    return sorted(path for path in FOLDER.glob("*.toml") if ROW.fullmatch(path.name))


def examples_by_kind():
    """{template: [path]}."""
    found = {}
    for path in examples():
        found.setdefault(read_offer(path).kind, []).append(path)
    return found


def gallery_page():
    """docs/offers/README.md as it should be."""
    lines = []
    for path in examples():
        source = read_pack(path)
        offer = source.offers[0]
        sentence = path.read_text("utf-8").splitlines()[0].removeprefix("# ")
        counters, size = "–", "–"
        if offer.kind not in schema.NO_MONEY:
            pack = checking.compiled(source)
            counters, size = needs_of(pack), checking.encoded_size(pack)
        lines.append("| [%s %s](%s) | %s | `%s` | %s | %s |" % (path.name[:3].upper(), offer.name(), path.name, sentence, offer.kind, counters, size))
    return OPENING + "\n".join(lines) + "\n"
