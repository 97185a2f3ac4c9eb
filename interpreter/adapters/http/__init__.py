"""Requests to other services: written, guarded, sent over connections that are kept, and read."""
