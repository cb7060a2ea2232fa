"""AES from whatever the machine has, and what is built on it: CMAC, key diversification, constant-time compare."""
