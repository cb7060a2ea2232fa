"""A board's files in memory whose power goes at any operation, and releases to install. For the update tests."""

import hashlib

from cardos.records import release
from tests.portable.ed25519_signer import Signer

OFFICE = Signer(b"stampd tests: the release's key ")
SCHEME = 0x1234
CONTENTS = (
    ("terminal/main.mpy", b"new main" * 300),
    ("terminal/empty.py", b""),
    ("terminal/boards/desk.mpy", b"desk" * 100),
    ("cardos/bytes.mpy", b"bytes" * 500),
)


class PowerCut(Exception):
    pass


class MemoryDisk:
    """`launcher.Disk` in a dict of files and a set of folders. cut_at: the operation that the power cut hits; torn: how it leaves a write."""

    def __init__(self, files=None, folders=("",), cut_at=None, torn=0):
        self.files, self.folders = dict(files or {}), dict.fromkeys(folders, True)
        self.cut_at, self.torn, self.operations = cut_at, torn, 0
        self.free = 1 << 20

    def again(self):
        """The board after its power came back."""
        return MemoryDisk(self.files, list(self.folders))

    def _changes(self):
        self.operations += 1
        return self.operations == self.cut_at

    def kind(self, path):
        return "file" if path in self.files else "folder" if path in self.folders else None

    def names(self, path):
        found = {}
        for name in list(self.files) + list(self.folders):
            if name.startswith(path + "/"):
                found[name[len(path) + 1 :].split("/")[0]] = True
        return sorted(found)

    def read(self, path, offset=0, size=-1):
        if path not in self.files:
            raise OSError(2)
        data = self.files[path]
        return data[offset:] if size < 0 else data[offset : offset + size]

    def size(self, path):
        return len(self.files[path])

    def write(self, path, data):
        self._put(path, b"", bytes(data))

    def append(self, path, data):
        self._put(path, self.files[path], bytes(data))

    def _put(self, path, before, data):
        assert path.rsplit("/", 1)[0] in self.folders or "/" not in path, path
        if self._changes():
            if self.torn == 1:
                self.files[path] = before
            elif self.torn == 2:
                self.files[path] = before + data[: len(data) // 2]
            elif self.torn == 3:
                self.files[path] = before + data
            raise PowerCut
        self.files[path] = before + data

    def rename(self, old, new):
        is_cut = self._changes()
        if not is_cut or self.torn == 3:
            self.files[new] = self.files.pop(old)
        if is_cut:
            raise PowerCut

    def remove(self, path):
        is_cut = self._changes()
        if not is_cut or self.torn == 3:
            del self.files[path]
        if is_cut:
            raise PowerCut

    def make_folder(self, path):
        is_cut = self._changes()
        if not is_cut or self.torn == 3:
            self.folders[path] = True
        if is_cut:
            raise PowerCut

    def free_bytes(self):
        return self.free


def make_release(number=8, contents=CONTENTS, board="any", mpy=6, signer=OFFICE, scheme=SCHEME):
    """(blob, signed manifest)."""
    rows = [[path, len(data), hashlib.sha256(data).digest()] for path, data in contents]
    protected, payload, message = release.unsigned_release({"format": 1, "number": number, "board": board, "mpy": mpy, "files": rows}, scheme)
    signed = release.assemble(protected, payload, signer.sign(message))
    return release.make_blob(signed, [data for _, data in contents]), signed


def board(running="a", state="="):
    """A board that runs release 7 in a slot, with an old firmware in the other."""
    _, signed = make_release(7)
    files, folders = {"slot": (running + state).encode()}, [""]
    for slot in ("a", "b"):
        folders += [slot, slot + "/terminal", slot + "/cardos"]
        files[slot + "/terminal/main.mpy"] = b"main of " + slot.encode()
        files[slot + "/terminal/gone.mpy"] = b"not in the new release"
    files[running + "/manifest"] = signed
    return MemoryDisk(files, folders)
