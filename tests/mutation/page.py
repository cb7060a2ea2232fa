"""docs/mutation.md: the counts of a run, and every survivor with the reason why it may live (argued.toml)."""

import tomllib
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "mutation.md"
HEAD = """# Mutation testing of the evaluator

<!-- written by make mutation -->

Every line of `cardos/offers` that decides about money, counters or refunds is changed in every way that cosmic-ray {version} knows:
each arithmetic, comparison and boolean operator by each other, numbers one up and one down, `not` put in and left out, loops that
never run, `break` for `continue`, exceptions that are not caught. One change at a time; the tests must notice. A change that nobody
notices is a *survivor*: either a test is missing, or the change cannot be noticed. No test is missing for the ones below: each has its reason.

`make mutation` plays all of it again and writes this page (a quarter of an hour of one free core); `make mutation ONLY="refund money"` is a
part, printed only; `make mutation ONLY=--again` plays what was not killed last time and the files whose code has changed. A new survivor gets a test,
or an entry in `tests/mutation/argued.toml`. A mutant is held against these, until one fails:

* the plain tests of the offers (`tests/portable/test_offer*.py`) and `tests/offers/test_mutants_*.py`;
* every sequence of the acceptance rows (`tests/offers/offers.json`);
* {rows} drawn rows of each kind, as many as one run of `make test` draws, against what the independent reference says (`tests/offers/reference`).

The mutant replaces its module in a process of its own; no file is changed. Timed out: it was stopped after five times the CPU time of
all checks, or it asked for more than 2 GiB; it counts as killed. What other tests of the project would notice besides is not counted.
"""
TABLE = "| file | mutants | killed | timed out | survived | killed of all |\n|---|--:|--:|--:|--:|--:|\n"


def counts_of(entries):
    """(mutants, killed, timed out, survived)."""
    found = [len([entry for entry in entries if entry["outcome"] == word]) for word in ("killed", "timed out", "survived")]
    return (len(entries), *found)


def table_line(name, counts):
    mutants, killed, stopped, survived = counts
    return "| %s | %d | %d | %d | %d | %.1f %% |\n" % (name, mutants, killed, stopped, survived, 100 * (killed + stopped) / mutants)


def arguments():
    """{(file, line, changed line): reason} of argued.toml."""
    entries = tomllib.loads((HERE / "argued.toml").read_text("utf-8")).get("survivor", [])
    return {(entry["file"], entry["line"], changed): " ".join(entry["why"].split()) for entry in entries for changed in entry["becomes"]}


def survivors_text(target, entries, why):
    """The survivors of one file: a line of source, its changes, the reason."""
    grouped = {}
    for entry in entries:
        if entry["outcome"] == "survived":
            reason = why.get((target + ".py", entry["before"], entry["after"]), "NOT ARGUED")
            grouped.setdefault((entry["line"], entry["before"], reason), []).append(entry["after"])
    if not grouped:
        return ""
    parts = ["\n### %s.py\n" % target]
    for (line, before, reason), changes in grouped.items():
        changed = "".join("  - `%s`\n" % change for change in dict.fromkeys(changes))
        parts.append("* `cardos/offers/%s.py:%d` `%s`\n%s\n  %s\n" % (target, line, before, changed, reason))
    return "\n".join(parts)


def finish(kept, whole, least, rows):
    """Print counts and what is not argued; write the page after a whole run. Returns the exit code."""
    why, total, lines, texts = arguments(), (0, 0, 0, 0), [], []
    surviving = set()
    for target, result in kept.items():
        counts = counts_of(result["mutants"])
        total = tuple(one + other for one, other in zip(total, counts))
        lines.append(table_line("`%s.py`" % target, counts))
        texts.append(survivors_text(target, result["mutants"], why))
        surviving |= {(target + ".py", entry["before"], entry["after"]) for entry in result["mutants"] if entry["outcome"] == "survived"}
    lines.append(table_line("all", total))
    killed = (total[1] + total[2]) / total[0]
    print("".join(lines))
    open_ones = sorted(surviving - set(why))
    for one in open_ones:
        print("not argued: %s: %s\n         -> %s" % one)
    for one in sorted(set(why) - surviving) if whole else ():
        print("argued but killed, or gone: %s: %s\n         -> %s" % one)
    if whole:
        head = HEAD.format(version=version("cosmic-ray"), rows=rows)
        PAGE.write_text(head + "\n## Counts\n\n" + TABLE + "".join(lines) + "\n## The survivors\n" + "".join(texts), "utf-8")
    return 1 if open_ones or killed < least else 0
