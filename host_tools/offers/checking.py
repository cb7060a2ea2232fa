"""`stampd offers check`: everything that can be said of a file before it starts: problems, sentences, findings, what the card must hold.

    check_file(path, language) -> {"file", "number", "offers", "sentences", "findings", "bytes",
                                   "counters", "counters_needed", "profile", "profiles", "families", "asks", "needs_card"  (see `state.state_of`)
                                   "results" of a calculation}

raises OfferProblems (BadInput) when the file cannot become a pack: bad TOML, bad parameters, more state than a card holds.
"""

import re
from importlib import import_module
from importlib.util import find_spec

from cardos.errors import BadInput
from host_tools.offers.diagnostics import OfferProblems, Problem, read_table
from host_tools.offers.pack_toml import read_pack
from host_tools.offers.schema import NO_MONEY, TEMPLATES
from host_tools.offers.state import smallest_profile, state_of, too_much

def check_file(path, language="en"):
    """What can be said of one offer or one pack, as a dict for --json. OfferProblems names the file."""
    source = read_pack(path)
    about = {"file": str(path), "number": source.number, "offers": [_about(offer, language) for offer in source.offers]}
    if source.offers[0].kind in NO_MONEY:
        offer = source.offers[0]
        return {**about, "sentences": sentences_of_calculation(offer, language), "results": results(offer), "counters": [], "findings": []}
    pack = compiled(source)
    held, size, findings = state_of(pack), encoded_size(pack), linted(pack, source)
    _refuse_too_much(source, pack, size)
    _refuse_errors(source, findings)
    return {
        **about, "sentences": explained(pack, language), "counters": held["counters"], "counters_needed": held["needs"], "profile": smallest_profile(pack),
        "profiles": held["profiles"], "families": held["families"], "asks": held["asks"], "needs_card": held["needs_card"], "bytes": size, "findings": findings,
    }  # fmt: skip


def _about(offer, language):
    return {"id": offer.id, "kind": offer.kind, "name": offer.name(language), "source": offer.source}


def compiled(source, scheme=None, previous=None):
    """The pack of a `PackSource`. scheme: the shop's, 0xFFFF (TEST) when nobody says one. previous: the pack that cards carry now."""
    from host_tools.offers.compiler import SCHEME_TEST, compile_pack

    try:
        return compile_pack(
            source.offers, number=source.number, scheme=_scheme(source, scheme, SCHEME_TEST), currency=source.currency,
            minor_digits=source.minor_digits, groups=source.groups, previous=previous, zone=source.calendar["timezone"],
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


def encoded_size(pack):
    """Bytes of the pack itself, before the signature (about 110 more)."""
    from cardos.cbor import encode

    return len(encode(pack))


def _refuse_too_much(source, pack, size):
    """OfferProblems when cards cannot hold the pack, or boards cannot keep it: said here, not at the till."""
    problems = read_table(source.source)[1]
    held = too_much(pack, source.limits.get("counters"))
    if held:
        problems.add(("limits", "counters"), held, "")
    if size > source.limits["pack_bytes"]:
        what = "the pack has %d bytes; the limit is %d." % (size, source.limits["pack_bytes"])
        problems.add(("limits", "pack_bytes"), what, "Leave out offers that have ended, or raise the limit if every board takes it.")
    problems.raise_any()


def _refuse_errors(source, findings):
    """OfferProblems for the findings with which a pack must not run, at the file of their offer."""
    files = {offer.id: offer.source for offer in source.offers}
    errors = [finding for finding in findings if finding["severity"] == "error"]
    found = [Problem(files.get(finding["offer"]) or source.source, 1, "", finding["sentence"], finding["remedy"]) for finding in errors]
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
