"""AES and triple DES from whatever the machine has, and what is built on them: CMAC, LRP, session keys and MACs of the secure
channels, SUN messages, key diversification; originality signatures; constant-time compare."""
