"""Executions in the background: recorded in a database, rung for on a message bus, run by Celery workers."""
