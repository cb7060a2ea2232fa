"""JSON that people give to `stampd offers replay`: a row of the acceptance format, or the events of one sequence.

    read_json(path)          the value in a file, integers only
    check_row(row, where)    the row with complete parameters, also where a sequence replaces some of them ("with")
    row_of(offer, sequence)  a row that plays one sequence through one offer
"""

import json
from pathlib import Path

from cardos.errors import BadInput
from host_tools.offers.diagnostics import OfferProblems, Problem, Problems, shown
from host_tools.offers.schema import NO_MONEY, check_parameters


def read_json(path):
    """The value of a JSON file. OfferProblems for no file, no UTF-8, no JSON, and for decimal fractions: money is whole minor units."""
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
        return json.loads(text, parse_float=_no_fraction, parse_constant=_no_fraction)
    except FileNotFoundError:
        problem = Problem(str(path), 0, "", "there is no such file.", "Check the name.")
    except IsADirectoryError:
        problem = Problem(str(path), 0, "", "this is a directory.", "Name a file in it.")
    except OSError as error:
        problem = Problem(str(path), 0, "", "the file cannot be read (%s)." % error.strerror, "Check its rights.")
    except json.JSONDecodeError as error:
        problem = Problem(str(path), error.lineno, "", "this is not JSON: %s." % error.msg, "Correct that line.")
    except UnicodeDecodeError:
        problem = Problem(str(path), 0, "", "a byte here is not UTF-8.", "Save the file as UTF-8.")
    except _Fraction as error:
        problem = Problem(str(path), 0, "", "%s is a decimal fraction." % shown(str(error)), "Write money in minor units (250 for 2.50).")
    except (ValueError, RecursionError):  # int() gives up on thousands of digits; brackets without end
        problem = Problem(str(path), 0, "", "a number or a nesting in this file has no end.", "Write numbers of at most 13 digits.")
    raise OfferProblems([problem])


class _Fraction(Exception):
    pass


def _no_fraction(text):
    raise _Fraction(text)


def check_row(row, where):
    """The row, its parameters complete and plain. OfferProblems names `where` and the sequence."""
    problems = Problems(where)
    if not isinstance(row, dict) or "kind" not in row:
        problems.add((), "this is no row: it has no kind.", 'Give one element of "rows": {"id", "kind", "parameters", "sequences"}.')
        problems.raise_any()
    kind = row["kind"]
    if kind in NO_MONEY:
        return _check_calculation(row, where)
    parameters = check_parameters(kind, row.get("parameters"), where)
    sequences = row.get("sequences", [])
    if not isinstance(sequences, list):
        problems.add(("sequences",), "%s is not a list." % shown(sequences), "Write a list of sequences.")
        problems.raise_any()
    return {**row, "parameters": parameters, "sequences": [_check_sequence(row, one, "%s, sequence %d" % (where, n)) for n, one in enumerate(sequences, 1)]}


def _check_sequence(row, sequence, where):
    problems = Problems(where)
    if not isinstance(sequence, dict):
        problems.add((), "%s is no sequence." % shown(sequence), 'Write {"events": […]}.')
        problems.raise_any()
    events = sequence.get("events", [])
    if not isinstance(events, list):
        problems.add(("events",), "%s is not a list." % shown(events), "Write a list of events.")
        problems.raise_any()
    for index, event in enumerate(events):
        for key in ("at", "on"):
            if not isinstance(event, dict) or not isinstance(event.get(key), str):
                problems.add(("events", index), "an event has a time and a kind.", 'Write {"at": "2026-03-01T10:00", "on": "sale", …}.')
                break
    for key in ("start", "cards", "with"):
        if not isinstance(sequence.get(key) or {}, dict):
            problems.add((key,), "%s is not a table." % shown(sequence[key]), "Write it in {braces}.")
    problems.raise_any()
    if not sequence.get("with"):
        return sequence
    return {**sequence, "with": check_parameters(row["kind"], {**row["parameters"], **sequence["with"]}, where)}


def _check_calculation(row, where):
    more = row.get("more", [])
    if not isinstance(more, list) or not all(isinstance(case, dict) for case in more):
        raise BadInput("%s: more: this is not a list of cases." % where, 'Write "more": [{"inputs": {…}}].', "OFFER")
    checked = [{**case, "inputs": check_parameters(row["kind"], case.get("inputs"), "%s, case %d" % (where, n))} for n, case in enumerate(more, 2)]
    return {**row, "inputs": check_parameters(row["kind"], row.get("inputs"), where), "more": checked}


def row_of(offer, sequence):
    """A row of one sequence through one offer; a plain list of events is a sequence of a new card."""
    if isinstance(sequence, list):
        sequence = {"customer": "new", "events": sequence}
    if offer.kind in NO_MONEY:
        return {"id": offer.id, "kind": offer.kind, "inputs": offer.parameters, "more": []}
    return {"id": offer.id, "kind": offer.kind, "parameters": offer.parameters, "sequences": [sequence]}
