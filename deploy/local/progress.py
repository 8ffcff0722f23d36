"""What the operator sees while the stack starts, runs and stops: one line per step."""

import time
from datetime import datetime

import typer

from shared.clock import COUNTY_ZONE


class Progress:
    """Prints steps with the seconds since it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def step(self, component: str, text: str) -> None:
        """Print one step of a component."""
        typer.echo(f"{self._when()} {component:<15} {text}")

    def _when(self) -> str:
        return f"[{self.seconds:5.1f} s]"


class Journal(Progress):
    """Prints steps with the county's date and time, for a log that is read days later."""

    def _when(self) -> str:
        return datetime.now(COUNTY_ZONE).isoformat(timespec="seconds")
