"""The `booking` command; `python -m booking` is the same."""

from __future__ import annotations

import gc


def main() -> None:
    """Load everything and run the command that was asked for."""
    gc.disable()  # what is loaded stays: looking for rubbish in it takes a quarter of the start
    from booking.app import main as run  # noqa: PLC0415 - only now does loading begin

    gc.freeze()
    gc.enable()
    run()


if __name__ == "__main__":
    main()
