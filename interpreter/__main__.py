"""Words on a command line become an exit code: ``interpreter`` and ``python -m interpreter``."""

import gc
import sys


def main() -> None:
    # What an import makes stays: looking for garbage in it, now and at the end, would take a quarter of a short run.
    gc.set_threshold(50_000, 20, 100)
    from interpreter.cli import start

    code = start(sys.argv[1:])
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    main()
