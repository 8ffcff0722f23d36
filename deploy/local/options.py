"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_FOLDER = ".xietiao"

DataFolder = Annotated[
    Path,
    typer.Option("--data", envvar="XIETIAO_DATA", help="Folder that holds the stack: its data, secrets and logs."),
]

DEFAULT_DATA = Path(DEFAULT_FOLDER)
