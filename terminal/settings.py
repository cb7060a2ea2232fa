"""The settings that this board runs with: loaded once at the start and checked there (`cardos.records.board_settings` lists them)."""

from cardos.errors import BadInput
from cardos.records.board_settings import open_settings


class Settings:
    """Checked settings, each key of the map an attribute: `settings.guard_s`. values: what `open_settings` gives."""

    def __init__(self, values):
        self.values = values

    def __getattr__(self, name):
        if name not in self.values:
            raise AttributeError(name)
        return self.values[name]


def load_settings(kept):
    """The `Settings` that are kept. BadInput: SETTINGS_MISSING, KEPT_DAMAGED, SETTINGS_DAMAGED, SETTINGS_VERSION, SETTINGS."""
    data = kept.read("settings")
    if data is None:
        raise BadInput("This board has no settings yet.", "Give it some: stampd board provision.", "SETTINGS_MISSING")
    return Settings(open_settings(data))
