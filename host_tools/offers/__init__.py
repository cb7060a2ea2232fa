"""Offers on the host: the language that owners write, the compiler, what is told about a pack, replay and simulator."""
