"""`python -m deploy.local` is the `xietiao` command."""

from deploy.local.cli import main

main()
