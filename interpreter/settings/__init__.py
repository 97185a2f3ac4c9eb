"""A folder and an environment become Settings, and what stacks may read under ``env``."""

from interpreter.settings.declared import Settings
from interpreter.settings.environment import stack_environment
from interpreter.settings.kinds import Key, LogForm, Queue, Secret, Sender
from interpreter.settings.reading import FILE_NAME, PREFIX, find_root, read_settings

__all__ = [
    "FILE_NAME",
    "PREFIX",
    "Key",
    "LogForm",
    "Queue",
    "Secret",
    "Sender",
    "Settings",
    "find_root",
    "read_settings",
    "stack_environment",
]
