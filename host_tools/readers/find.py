"""From what a person calls a reader to the reader. Names, never numbers: the order of readers changes with every plug."""

from cardos.errors import BadInput
from host_tools.readers import scard
from host_tools.readers.first_of import FirstOf
from host_tools.readers.nfcpy_link import PREFIX, NfcpyReader
from host_tools.readers.pcsc import PcscReader

_NO_PCSC = "PC/SC readers cannot be used here: %s."
_PLUG_IN = "Plug a reader in and start the smart card service (systemctl start pcscd.socket), or name a serial one: --reader pn532:/dev/ttyUSB0."


def pcsc_names(api=None):
    """(names, None), or ([], why not) when there is no PC/SC on this machine or its service does not run."""
    try:
        driver = scard.Scard(api if api is not None else scard.load())
    except scard.NoPcsc as error:
        return [], _NO_PCSC % error
    except scard.ScardError:
        return [], "The smart card service (pcscd) is not running."
    try:
        return driver.readers(), None
    except scard.ScardError:
        return [], "The smart card service (pcscd) does not answer."
    finally:
        driver.release()


def find_readers(settings=None, api=None):
    """Every reader there is, closed: PC/SC ones in the service's order, then the serial lines named in the settings (`readers`)."""
    names, _why = pcsc_names(api)
    lines = [name for name in getattr(settings, "readers", None) or () if name.startswith(PREFIX)]
    return [PcscReader(name, api) for name in names] + [NfcpyReader(name[len(PREFIX) :]) for name in lines]


def open_reader(name=None, settings=None, api=None):
    """The reader a person means: a name, an unambiguous part of one, `pn532:LINK`, or None for the only one there is.

    Without a name, several PC/SC readers act as one: the first that gets a card. Raises BadInput with the code NO_READER,
    READER_NOT_FOUND or READER_AMBIGUOUS and a hint that lists what there is.
    """
    if name and name.startswith(PREFIX):
        path = name[len(PREFIX) :]
        if not path:
            raise BadInput("There is no device after pn532:.", "Name the serial line, for example --reader pn532:/dev/ttyUSB0.", "READER_NOT_FOUND")
        return NfcpyReader(path)
    readers = find_readers(settings, api)
    if not readers:
        raise BadInput(pcsc_names(api)[1] or "There is no reader.", _PLUG_IN, "NO_READER")
    if not name:
        return _the_one(readers, api)
    exact = [reader for reader in readers if reader.name == name]
    fitting = exact or [reader for reader in readers if name.lower() in reader.name.lower()]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise BadInput("No reader is called %r." % name, _there_are(readers), "READER_NOT_FOUND")
    raise BadInput("Several readers fit %r." % name, _there_are(fitting), "READER_AMBIGUOUS")


def _the_one(readers, api):
    if len(readers) == 1:
        return readers[0]
    if all(isinstance(reader, PcscReader) for reader in readers):
        return FirstOf(readers, api if api is not None else scard.load())
    raise BadInput("There are several readers.", _there_are(readers), "READER_AMBIGUOUS")


def _there_are(readers):
    return "Choose one with --reader: " + "; ".join(reader.name for reader in readers) + "."


def report(readers):
    """The rows of `stampd readers --json`: [{"name", "kind", "state", "card"}]."""
    rows = []
    for reader in readers:
        state, card = reader.status()
        rows.append({"name": reader.name, "kind": reader.kind, "state": state, "card": card})
    return rows
