"""`stampd offers check`: everything that can be said of a file before it starts: problems, sentences, findings, what the card must hold.

    check_file(path, language) -> {"file", "number", "offers", "sentences", "counters", "counters_needed", "profile", "bytes", "findings", "results"}

raises OfferProblems (BadInput) when the file cannot become a pack: bad TOML, bad parameters, more state than a card holds.
"""

import re
from importlib import import_module
from importlib.util import find_spec

from cardos.errors import BadInput
from host_tools.offers.diagnostics import OfferProblems, Problem, read_table
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.schema import NO_MONEY, TEMPLATES

PROFILES = (1, 3, 5, 7, 9)  # how many counters a card can be issued with (card-format)


def check_file(path, language="en"):
    """What can be said of one offer or one pack, as a dict for --json. OfferProblems names the file."""
    source = read_pack(path)
    about = {"file": str(path), "number": source.number, "offers": [_about(offer, language) for offer in source.offers]}
    if source.offers[0].kind in NO_MONEY:
        offer = source.offers[0]
        return {**about, "sentences": sentences_of_calculation(offer, language), "results": results(offer), "counters": [], "findings": []}
    pack = compiled(source)
    needed = counters_needed(pack)
    profile = profile_of(needed)
    bytes_needed = encoded_size(pack)
    _refuse_too_much(source, needed, profile, bytes_needed)
    return {
        **about, "sentences": explained(pack, language), "counters": counters_of(pack), "counters_needed": needed, "profile": profile,
        "bytes": bytes_needed, "findings": linted(pack, source),
    }  # fmt: skip


def _about(offer, language):
    return {"id": offer.id, "kind": offer.kind, "name": offer.name(language), "source": offer.source}


def compiled(source, scheme=None, previous=None):
    """The pack of a `PackSource`. scheme: the shop's, 0xFFFF (TEST) when nobody says one. previous: the pack that cards carry now."""
    from host_tools.offers.compiler import SCHEME_TEST, compile_pack

    try:
        return compile_pack(
            source.offers, number=source.number, scheme=_scheme(source, scheme, SCHEME_TEST), currency=source.currency,
            minor_digits=source.minor_digits, groups=source.groups, previous=previous,
        )  # fmt: skip
    except BadInput as error:
        raise BadInput(_placed(error.message, source), error.hint, error.code) from error


def _placed(message, source):
    """The compiler names an offer's file, and the number of a rule of `custom`: the line is added here. Else the pack's file is named."""
    for offer in source.offers:
        if offer.source and message.startswith(offer.source + ": "):
            found = re.match(r"(rules|counters)\[(\d+)\]", message[len(offer.source) + 2 :])
            path = (found.group(1), int(found.group(2))) if found else ()
            return "%s:%d%s" % (offer.source, read_table(offer.source)[1].line(path), message[len(offer.source) :])
    return message if message.startswith(source.source) else "%s: %s" % (source.source, message)


def _scheme(source, scheme, otherwise):
    if scheme is None:
        return otherwise if source.scheme is None else source.scheme
    if source.scheme not in (None, scheme):
        raise BadInput(
            "%s: scheme: the pack is for scheme %04X, these keys are of %04X." % (source.source, source.scheme, scheme),
            "Take the keys of that shop, or leave scheme out of the file.", "PACK_SCHEME",
        )  # fmt: skip
    return scheme


def counters_of(pack):
    """[{"name", "kind", "ids"}] of the counters that cards of this pack carry."""
    return [{"name": row["name"], "kind": row["kind"], "ids": list(row["ids"])} for row in pack["counters"]]


def counters_needed(pack):
    """How many counters a card needs for the whole pack."""
    return sum(len(row["ids"]) for row in pack["counters"])


def profile_of(needed):
    """The smallest card profile that holds so many counters, or None."""
    return next((profile for profile in PROFILES if profile >= needed), None)


def encoded_size(pack):
    """Bytes of the pack itself, before the signature (about 110 more)."""
    from cardos.cbor import encode

    return len(encode(pack))


def _refuse_too_much(source, needed, profile, bytes_needed):
    found = []
    held = source.limits.get("counters")
    if profile is None:
        remedy = "Leave out offers, or give the ledger what need not be on the card."
        found.append(Problem(source.source, 0, "", "this needs %d counters; a card holds at most %d." % (needed, PROFILES[-1]), remedy))
    elif held is not None and needed > held:
        remedy = "Leave out offers, or issue cards with %d counters and raise the limit." % profile
        found.append(Problem(source.source, 0, "limits.counters", "this needs %d counters; the cheapest card in use holds %d." % (needed, held), remedy))
    if bytes_needed > source.limits["pack_bytes"]:
        what = "the pack has %d bytes; the limit is %d." % (bytes_needed, source.limits["pack_bytes"])
        found.append(Problem(source.source, 0, "limits.pack_bytes", what, "Leave out offers that have ended, or raise the limit if every board takes it."))
    if found:
        raise OfferProblems(found)


def explained(pack, language):
    """One sentence per rule of a compiled pack, in a language."""
    if not _installed("host_tools.offers.explain"):  # a smaller installation: the templates' own sentences
        return [TEMPLATES[offer["kind"]].sentence for offer in pack["offers"]]
    return list(import_module("host_tools.offers.explain").sentences(pack, language))


def linted(pack, source):
    """[{"code", "offer", "severity", "sentence", "remedy"}] of what an owner should think about."""
    if not _installed("host_tools.offers.lint"):
        return []
    lint = import_module("host_tools.offers.lint").lint
    return lint(pack, source.offers, profile=source.limits.get("counters"), standing_bp=source.limits["standing_bp"])


def _installed(name):
    spec = find_spec(name)
    return spec is not None and spec.origin is not None  # an empty folder of that name is no module


def results(offer):
    """The answer of a calculation (template economics)."""
    from host_tools.offers.economics import economics

    try:
        return economics(offer.parameters)
    except BadInput as error:
        raise BadInput("%s: %s" % (offer.source or offer.id, error.message), error.hint, error.code) from error


def sentences_of_calculation(offer, language):
    """What a calculation looks at and what comes out, in sentences."""
    from host_tools.offers.calculation_words import sentences

    return sentences(offer.parameters, results(offer), language)
