"""The self-test finds a sound board sound, and names each thing that is not. Its vectors are those of the tests' own files."""

from cardos.errors import ReaderLost
from terminal import self_test, self_test_vectors
from tests.portable.journal_bench import MemoryFiles
from tests.portable.vector_files import entries


class Chip:
    firmware = (1, 6)
    trouble = None

    async def start(self):
        if self.trouble:
            raise self.trouble


class Board:
    def __init__(self, abilities=("display", "light", "buzzer", "buttons"), troubles=(), **parts):
        self.abilities, self.troubles = abilities, list(troubles)
        for name in self_test.PARTS:
            setattr(self, name, parts.get(name, True))


async def at_once(ms):
    """A sleep of no time: these tests run without an event loop."""


def tested(sleep_ms=at_once, **options):
    steps = self_test.run(sleep_ms=sleep_ms, **options)
    try:
        steps.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


def failed(found):
    return [name for name, ok, _ in found if not ok]


def test_a_sound_board_is_found_sound():
    found = tested(board=Board(), chip=Chip(), files=MemoryFiles(), slow=True)
    assert failed(found) == [], found
    names = [name for name, _, _ in found]
    assert names == [
        "aes", "cmac", "an10922", "sha256", "ev2-session", "ev2-messaging", "lrp", "record", "offers", "ed25519", "flash", "heap", "reader",
        "display", "light", "buzzer", "buttons",
    ]  # fmt: skip
    assert all([isinstance(note, str) and note for _, _, note in found]) and ("reader", True, "1.6") in found


def test_what_is_not_asked_for_is_left_out():
    assert [name for name, _, _ in tested()] == [name for name, _ in self_test.COMPUTED] + ["heap"]


def test_other_tasks_run_between_the_steps():
    turns = []

    async def sleep_ms(ms):
        turns.append(ms)

    tested(sleep_ms=sleep_ms)
    assert len(turns) >= len(self_test.COMPUTED)


def test_a_wrong_answer_is_found_in_every_step():
    names = {"cmac": "CMAC", "an10922": "AN10922", "sha256": "SHA256_OF_ABC", "ev2-session": "EV2_SESSION", "ev2-messaging": "EV2_MAC",
             "lrp": "LRP_CMAC", "record": "RECORD", "aes": "AES_OF_ZERO", "ed25519": "ED25519"}  # fmt: skip
    for name in names:
        value = getattr(self_test_vectors, names[name])
        last = value if isinstance(value, str) else value[-1]
        wrong = ("0" if last[0] != "0" else "1") + last[1:]
        setattr(self_test_vectors, names[name], wrong if isinstance(value, str) else value[:-1] + (wrong,))
        try:
            assert failed(tested(slow=name == "ed25519")) == [name], name
        finally:
            setattr(self_test_vectors, names[name], value)


def test_a_reader_that_does_not_answer_fails():
    chip = Chip()
    chip.trouble = ReaderLost("The PN532 does not answer.", "Look at the wires.")
    assert ("reader", False, "The PN532 does not answer.") in tested(chip=chip)


def test_flash_that_fails_or_forgets_is_found():
    class Failing(MemoryFiles):
        def create(self, name, data):
            raise OSError(28)

    class Forgetting(MemoryFiles):
        def create(self, name, data):
            MemoryFiles.create(self, name, data[:-1] + b"?")

    assert failed(tested(files=Failing())) == ["flash"] and failed(tested(files=Forgetting())) == ["flash"]


def test_parts_that_were_configured_and_are_not_there_fail():
    assert failed(tested(board=Board(abilities=("display",), display=None, light=None))) == ["display"]
    assert failed(tested(board=Board(abilities=(), light=None, troubles=["no display at 0x3c"]))) == ["part"]


def test_the_vectors_are_those_that_the_tests_know():
    def has(file, kind, *texts):
        return any([all([text in entry.values() for text in texts]) for entry in entries(file, kind, 1)])

    assert has("cmac.json", "aes_cmac", *self_test_vectors.CMAC)
    assert has("an10922.json", "an10922", *self_test_vectors.AN10922)
    assert has("ev2.json", "ev2_session_keys", *self_test_vectors.EV2_SESSION)
    assert has("ev2.json", "ev2_mac_chain", *self_test_vectors.EV2_MAC)
    assert has("ev2.json", "ev2_iv", *self_test_vectors.EV2_IV)
    assert has("lrp.json", "lrp_cmac", *self_test_vectors.LRP_CMAC)
