"""Everything that runs on a PC: readers, daemon, ledger, pages, keys, command line. May import `cardos`, never `terminal`."""
