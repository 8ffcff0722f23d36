"""`probe.py PATH`: the container's health check; asks the process beside it, 0 is a good answer."""

import os
import sys
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 5.0


def main(path: str) -> int:
    """Return 0 if the process answers well, else 1 and its answer."""
    address = f"http://127.0.0.1:{os.environ['XIETIAO_PORT']}{path}"
    try:
        with urllib.request.urlopen(address, timeout=TIMEOUT_SECONDS) as answer:
            answer.read()
    except urllib.error.HTTPError as answer:  # it lives, and says what is wrong
        sys.stdout.write(answer.read().decode(errors="replace"))
        return 1
    except OSError as error:
        sys.stdout.write(f"{address}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
