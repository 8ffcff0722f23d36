"""What the operator sees while the stack starts and stops: one line per step, with the seconds since the beginning."""

import time

import typer


class Progress:
    """Prints steps; a time is measured from when it was made."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self._began

    def step(self, component: str, text: str) -> None:
        """Print one step of a component."""
        typer.echo(f"[{self.seconds:5.1f} s] {component:<15} {text}")
