"""How `stampd card` tells an answer of the tap desk: in words for people, and as the one JSON document for scripts."""

import click

_SEAL_WORDS = {"sealed": "sealed", "unsealed": "not sealed", "wrong": "WRONG SEAL: a case was opened"}
_SALE_ONLY = ("operation", "sale", "paid", "discount", "earned", "rewards", "declined", "settled", "progress")


def document(kind, answer):
    """The JSON of one answer: history is its rows alone, and what only a sale has is left out of a card's face."""
    if answer["outcome"] != "done" or kind not in ("show", "history"):
        return answer
    if kind == "history":
        return answer["history"]
    return {key: value for key, value in answer.items() if key not in _SALE_ONLY}


def say(answer):
    """What happened, in a sentence or two."""
    for item in answer["settled"]:
        word = "had landed" if item["outcome"] == "landed" else "had not landed"
        click.echo("Settled: %s %s %s." % (item["operation"], item["sale"] or "", word))
    click.echo(answer["message"])
    if answer["outcome"] == "done" and answer["card_number"] is not None:
        click.echo("Card %d · %s" % (answer["card_number"], answer["sale"] or answer["operation"]))
    if answer.get("hint"):
        click.echo(answer["hint"])


def say_face(answer):
    """The same and one line about the card."""
    say(answer)
    if "family" in answer:
        words = [answer["family"] + " " + answer["uid"], "card %s" % answer["card_number"], "tap %s" % answer["sequence"], answer["status"]]
        if answer.get("seal"):
            words.append(_SEAL_WORDS[answer["seal"]])
        click.echo(" · ".join(words))


def say_history(answer):
    """A line for each tap."""
    if answer["outcome"] != "done":
        return say(answer)
    for row in answer["history"]:
        change = ", ".join("%s %+d" % pair for pair in sorted(row["change"].items())) or "-"
        click.echo("%s  %-8s %-14s %-9s %s" % (row["at"], row["operation"], change, row["outcome"], row["source"]))
