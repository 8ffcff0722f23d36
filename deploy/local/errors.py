"""What the `xietiao` command tells an operator when it cannot go on: one clear line, no traceback."""


class StackError(Exception):
    """Something the operator can understand and act on; the message is the whole of what is shown."""

    exit_code = 1


class UsageError(StackError):
    """What was typed cannot be meant."""

    exit_code = 2


class PortInUseError(StackError):
    """Another program listens on a port that the stack was told to use."""

    def __init__(self, component: str, port: int, option: str) -> None:
        super().__init__(f"port {port} ({component}) is in use by another program: choose another with {option}")


class StartError(StackError):
    """A component ended, or did not become ready in time, while it was started."""
