"""Which parts hang on a board: the words of `board.json`, a person's file in the data folder, and the roles of pins that they use.

Without it the board has a PN532 on UART, an SSD1306, a WS2812, a buzzer and three buttons. What the file says wrongly is told, and
the usual part is taken: a mistyped word must not stop a terminal.
"""

# Key of board.json -> ((word, the ability that it needs, or None), …). Without the key: the first word that the board can.
WORDS = {
    "reader": (("pn532-uart", "pn532"), ("pn532-i2c", "pn532"), ("pn532-spi", "pn532"), ("mfrc522", "mfrc522")),
    "display": (("ssd1306", "display"), ("sh1106", "display"), ("none", None)),
    "light": (("ws2812", "light"), ("rgb", "rgb"), ("rgb-anode", "rgb"), ("none", None)),
    "buttons": (("three", "buttons"), ("keypad", "keypad"), ("none", None)),
}
FLAGS = {"buzzer": True, "irq": False, "watchdog": True}  # irq: only where that wire is soldered, or no answer is ever seen
COUNTRY = "LV"  # its channels are those of all of the EU; another is said in board.json

SPI_ROLES = ("reader_sck", "reader_mosi", "reader_miso", "reader_cs")
ROLES = {
    "pn532-uart": ("reader_tx", "reader_rx"),
    "pn532-i2c": ("reader_sda", "reader_scl"),
    "pn532-spi": SPI_ROLES,
    "mfrc522": SPI_ROLES + ("reader_reset",),
    "ssd1306": ("display_sda", "display_scl"),
    "sh1106": ("display_sda", "display_scl"),
    "ws2812": ("light",),
    "rgb": ("red", "green", "blue"),
    "rgb-anode": ("red", "green", "blue"),
    "three": ("redeem", "undo", "cancel"),
    "keypad": ("row1", "row2", "row3", "row4", "column1", "column2", "column3", "column4"),
    "none": (),
}


def roles(choice):
    """The roles of pins that a choice of parts uses, in the order in which they are wired."""
    found = ROLES[choice["reader"]]
    if choice["irq"] and choice["reader"] != "pn532-uart":
        found += ("reader_irq",)
    found += ROLES[choice["display"]] + ROLES[choice["light"]]
    if choice["buzzer"]:
        found += ("buzzer",)
    return found + ROLES[choice["buttons"]]


def chosen(said, can, note=None):
    """The whole choice of parts from what board.json says. said: a map, maybe {}. can: the board's abilities.

    note: called with a sentence for each entry that cannot be; that entry is then the first one that this board can.
    """
    choice = {}
    for key in WORDS:
        able = [word for word, ability in WORDS[key] if ability is None or ability in can]
        choice[key] = able[0]
        if key in said:
            if said[key] in able:
                choice[key] = said[key]
            elif note:
                note("board.json: %s is one of %s here." % (key, ", ".join(able)))
    choice["country"] = COUNTRY
    for key in FLAGS:
        choice[key] = FLAGS[key]
        if key in said:
            if said[key] is True or said[key] is False:
                choice[key] = said[key]
            elif note:
                note("board.json: %s is true or false." % key)
    country = said.get("country", COUNTRY)
    if isinstance(country, str) and len(country) == 2:
        choice["country"] = country
    elif note:
        note("board.json: country is two letters.")
    return choice


def read(path, note):
    """What board.json says, a map; {} when there is none, or when it is not to be read, which `note` is told."""
    import json

    try:
        with open(path) as file:
            said = json.loads(file.read())
    except OSError:  # there is none: the usual parts
        return {}
    except ValueError:  # cut or mistyped: the board has to run all the same, and says so
        said = None
    if isinstance(said, dict):
        return said
    note("board.json is not to be read; the usual parts are taken.")
    return {}
