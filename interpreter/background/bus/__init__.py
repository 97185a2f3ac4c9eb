"""The message bus: a server of our own or a given one, doorbells sent over it, and word of what has ended."""
