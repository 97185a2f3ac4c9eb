"""Words on a command line become an exit code: ``interpreter`` and ``python -m interpreter``."""

import sys


def main() -> None:
    from interpreter.cli import start

    sys.exit(start(sys.argv[1:]))


if __name__ == "__main__":
    main()
