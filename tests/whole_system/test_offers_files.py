"""Where the offers' commands write: a full disk, a missing folder, a device, a folder instead of a file. What stood there stays."""

import json
import os

import pytest
from click.testing import CliRunner

from cardos.errors import BadInput
from host_tools.cli.offers import offers
from host_tools.cli.output_file import write_file

OFFER = "docs/offers/a01-stamp-card.toml"


def run(*words):
    done = CliRunner().invoke(offers, [str(word) for word in words])
    return done.exit_code, done.output


@pytest.mark.parametrize("command", [
    ("compile", OFFER, "--test", "--json", "--out"), ("simulate", "docs/offers/f01-discount.toml", "--json", "--html"),
])  # fmt: skip
@pytest.mark.parametrize("place", ["missing/file", "folder", "/dev/full"])
def test_a_place_that_takes_no_file_is_told_and_left_alone(tmp_path, command, place):
    (tmp_path / "folder").mkdir()
    code, output = run(*command, tmp_path / place)  # an absolute place stays what it is
    if place == "folder":
        assert code == 2 and "is a directory" in output  # a usage error of click's
    else:
        told = json.loads(output.strip().splitlines()[-1])
        assert code == 1 and told["refused"] in ("PACK_NOT_WRITTEN", "PACK_DAMAGED", "REPORT_NOT_WRITTEN") and told["hint"]
    assert os.path.exists("/dev/full") is False or not os.path.isfile("/dev/full")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder"]


def test_a_full_disk_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "pack"
    path.write_bytes(b"old")

    def full(self, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(BadInput, match="No space left") as told:
        write_file(path, b"new", "X", "Make room.")
    assert (told.value.code, told.value.hint) == ("X", "Make room.") and path.read_bytes() == b"old" and len(list(tmp_path.iterdir())) == 1


def test_a_written_file_is_whole(tmp_path):
    write_file(tmp_path / "a", b"one", "X", "")
    write_file(str(tmp_path / "a"), b"two", "X", "")
    assert (tmp_path / "a").read_bytes() == b"two" and len(list(tmp_path.iterdir())) == 1
