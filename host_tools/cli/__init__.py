"""The command line, one file a noun. Words on standard output for people, one JSON document with --json for scripts."""
