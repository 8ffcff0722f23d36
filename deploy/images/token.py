"""`python -m deploy.images.token --role office`: print a token, signed with the installation's own key.

For trials: an installation that has an identity provider names its key set (`XIETIAO_JWKS_URL`) and needs no key here.
"""

import argparse
import json
import sys
from pathlib import Path

from joserfc.jwk import ECKey

from deploy.local import tokens
from deploy.local.errors import UsageError
from shared.auth import Role

SIGNING_KEY = Path("/run/secrets/signing_key")


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="token", description="Print a token for the API.")
    parser.add_argument("--role", required=True, choices=[role.value for role in Role])
    parser.add_argument("--unit", help="code of the unit that the bearer acts for, e.g. 330324-fgj; role unit only")
    parser.add_argument("--subject", help="who the bearer is, as the audit log names them")
    parser.add_argument("--hours", type=float, default=12, help="how long it is valid; 12 if left out")
    parser.add_argument("--key", type=Path, default=SIGNING_KEY, help=f"file of the signing key; {SIGNING_KEY}")
    wanted = parser.parse_args()
    try:
        key = ECKey.import_key(json.loads(wanted.key.read_text(encoding="utf-8")))
        token = tokens.sign(key, Role(wanted.role), unit=wanted.unit, subject=wanted.subject, hours=wanted.hours)
    except UsageError as error:
        parser.error(str(error))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"the signing key cannot be read: {error}\n")
        return 1
    sys.stdout.write(f"{token}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
