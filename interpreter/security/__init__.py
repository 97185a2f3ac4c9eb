"""What keeps secrets and tells the genuine from the forged: passwords, tokens, signatures, ciphers."""
