"""Published vectors and golden bytes, from the files."""
