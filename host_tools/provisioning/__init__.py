"""Keys and what is made with them: the key hierarchy, the encrypted key file, the recovery copy, TEST keys."""
