"""`probe.py PATH`: the container's health check; shows what the process beside it answers, 0 is a good answer."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 5.0


def main(path: str) -> int:
    """Show the answer; return 0 if it is a good one, else 1."""
    address = f"http://127.0.0.1:{os.environ['XIETIAO_PORT']}{path}"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
            sys.stdout.write(answer.read().decode())
    except urllib.error.HTTPError as answer:  # it lives, and says what is wrong
        sys.stdout.write(answer.read().decode(errors="replace"))
        return 1
    except OSError as error:
        sys.stdout.write(f"{address}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
