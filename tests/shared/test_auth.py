"""Tokens: who is recognised, and each way not to be."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from shared.auth import KeysUnavailableError, Principal, Role, TokenVerifier
from shared.errors import ForbiddenError, UnauthenticatedError
from tests.support.api import SigningKey, make_settings


@pytest.fixture
def keys(tmp_path: Path) -> SigningKey:
    made = SigningKey(tmp_path / "jwks.json")
    made.publish()
    return made


@pytest.fixture
def verifier(keys: SigningKey) -> TokenVerifier:
    return TokenVerifier(make_settings(jwks_file=keys.path))


async def _refused(verifier: TokenVerifier, token: str) -> str:
    with pytest.raises(UnauthenticatedError) as refusal:
        await verifier.verify(token)
    return refusal.value.detail


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.UNIT])
async def test_a_good_token_names_its_role(verifier: TokenVerifier, keys: SigningKey, role: Role) -> None:
    assert await verifier.verify(keys.token(role)) == Principal(subject=role, role=role)


async def test_a_units_token_names_its_unit(verifier: TokenVerifier, keys: SigningKey) -> None:
    principal = await verifier.verify(keys.token("unit", "330324-fgj"))
    assert (principal.role, principal.unit) == (Role.UNIT, "330324-fgj")


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        ({"iss": "somebody"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "elsewhere"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"nbf": int(time.time()) + 3600}, "not yet valid"),
        ({"sub": None}, "sub"),
        ({"role": "emperor"}, "role"),
        ({"role": None}, "role"),
        ({"role": 17}, "role"),
        ({"role": ["office"]}, "role"),
        ({"role": "unit"}, "unit"),
        ({"role": "unit", "unit": ""}, "unit"),
        ({"role": "unit", "unit": 17}, "unit"),
    ],
)
async def test_a_token_with_a_wrong_or_missing_claim_is_refused_saying_which(
    verifier: TokenVerifier, keys: SigningKey, claims: dict[str, object], named: str
) -> None:
    assert named in await _refused(verifier, keys.token("office", None, **claims))


async def test_an_audience_among_several_is_enough(verifier: TokenVerifier, keys: SigningKey) -> None:
    await verifier.verify(keys.token("office", aud=["elsewhere", "xietiao"]))


@pytest.mark.parametrize("token", ["", "a", "a.b", "a.b.c", "....", "县.发.改", "e30.e30.", "bnVsbA.bnVsbA.AA"])
async def test_what_is_no_token_is_refused(verifier: TokenVerifier, token: str) -> None:
    await _refused(verifier, token)


async def test_anothers_signature_under_our_key_id_is_refused(
    verifier: TokenVerifier, keys: SigningKey, tmp_path: Path
) -> None:
    forged = ECKey.generate_key("P-256", {"kid": str(keys.key.kid), "use": "sig", "alg": "ES256"})
    await _refused(verifier, SigningKey(tmp_path / "other.json", forged).token("office"))


async def test_a_changed_claim_breaks_the_signature(verifier: TokenVerifier, keys: SigningKey) -> None:
    head, claims, signature = keys.token("unit", "330324-fgj").split(".")
    changed = json.loads(_decoded(claims)) | {"role": "office"}
    await _refused(verifier, f"{head}.{_encoded(changed)}.{signature}")


async def test_an_unsigned_token_is_refused(verifier: TokenVerifier, keys: SigningKey) -> None:
    _, claims, signature = keys.token("office").split(".")
    for algorithm in ("none", "None", "NONE"):
        head = _encoded({"alg": algorithm, "kid": keys.key.kid})
        await _refused(verifier, f"{head}.{claims}.")
        await _refused(verifier, f"{head}.{claims}.{signature}")


async def test_the_public_key_is_no_shared_secret(verifier: TokenVerifier, keys: SigningKey) -> None:
    _, claims, _ = keys.token("office").split(".")
    head = _encoded({"alg": "HS256", "kid": keys.key.kid})
    for secret in (keys.key.as_pem(private=False), json.dumps(keys.key.as_dict(private=False)).encode()):
        mac = hmac.new(secret, f"{head}.{claims}".encode(), hashlib.sha256).digest()
        await _refused(verifier, f"{head}.{claims}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


async def test_an_algorithm_outside_the_list_is_refused(keys: SigningKey) -> None:
    settings = make_settings(jwks_file=keys.path, jwt_algorithms=("RS256",))
    await _refused(TokenVerifier(settings), keys.token("office"))


async def test_a_key_set_may_hold_keys_of_several_kinds(keys: SigningKey) -> None:
    rsa = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"}, auto_kid=True)
    keys.path.write_text(json.dumps({"keys": [key.as_dict(private=False) for key in (rsa, keys.key)]}))
    verifier = TokenVerifier(make_settings(jwks_file=keys.path))
    claims = {"iss": "xietiao", "aud": "xietiao", "sub": "o", "role": "office", "exp": int(time.time()) + 60}
    await verifier.verify(jwt.encode({"alg": "RS256", "kid": str(rsa.kid)}, claims, rsa))
    await verifier.verify(keys.token("office"))


async def test_a_new_key_is_taken_without_a_restart(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(keys.token("office"))
    rotated = SigningKey(keys.path)
    rotated.publish()
    await _refused(verifier, rotated.token("office"))  # read a moment ago: not again for every unknown key
    _pass(monkeypatch, 6)
    await verifier.verify(rotated.token("office"))
    await _refused(verifier, keys.token("office"))


async def test_a_withdrawn_key_is_refused_after_a_while_though_nothing_asks_for_another(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(keys.token("office"))
    SigningKey(keys.path).publish()
    await verifier.verify(keys.token("office"))
    _pass(monkeypatch, 301)
    await _refused(verifier, keys.token("office"))


async def test_a_key_set_that_cannot_be_read_for_a_while_leaves_the_last_in_force(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    await verifier.verify(keys.token("office"))
    keys.path.write_text("{")
    _pass(monkeypatch, 301)
    await verifier.verify(keys.token("office"))


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"keys": [{"kty": "XX"}]}'])
async def test_without_any_key_set_the_service_says_so(keys: SigningKey, content: str | None) -> None:
    keys.path.unlink()
    if content is not None:
        keys.path.write_text(content)
    with pytest.raises(KeysUnavailableError):
        await TokenVerifier(make_settings(jwks_file=keys.path)).verify(keys.token("office"))


async def test_a_key_set_url_that_does_not_answer_is_no_failure_of_the_service(keys: SigningKey) -> None:
    verifier = TokenVerifier(make_settings(jwks_url="http://127.0.0.1:9/jwks.json"))
    with pytest.raises(KeysUnavailableError):
        await verifier.verify(keys.token("office"))


async def test_a_token_that_verified_is_recognised_for_a_minute_without_its_signature(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = _count_decoding(monkeypatch)
    token, another = keys.token("office"), keys.token("leader")
    callers = [await verifier.verify(given) for given in (token, another, token, another)]
    assert [caller.role for caller in callers] == ["office", "leader", "office", "leader"]
    assert decoded == [token, another]
    _pass(monkeypatch, 61)
    await verifier.verify(token)
    assert decoded == [token, another, token]


async def test_a_recognised_token_is_refused_from_its_expiry_on(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = keys.token("office", exp=int(time.time()) + 30)
    await verifier.verify(token)
    later = time.time() + 31
    monkeypatch.setattr("shared.auth.time.time", lambda: later)
    assert "expired" in await _refused(verifier, token)


async def test_a_recognised_token_does_not_outlive_its_key(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = keys.token("office")
    _pass(monkeypatch, 280)
    await verifier.verify(token)
    SigningKey(keys.path).publish()
    _pass(monkeypatch, 301)  # recognised 21 s ago, but the set is read again
    await _refused(verifier, token)


async def test_a_token_that_differs_in_one_character_is_not_recognised(
    verifier: TokenVerifier, keys: SigningKey
) -> None:
    token = keys.token("office")
    await verifier.verify(token)
    head, claims, signature = token.split(".")
    await _refused(verifier, f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}")


async def test_no_more_than_a_bound_of_tokens_is_recognised(
    verifier: TokenVerifier, keys: SigningKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.auth._REMEMBERED", 2)
    decoded = _count_decoding(monkeypatch)
    first, second, third = (keys.token("unit", unit) for unit in ("a", "b", "c"))
    for token in (first, second, third, third, second, first):
        await verifier.verify(token)
    assert decoded == [first, second, third, first]


def test_a_role_and_a_unit_open_only_their_own_doors() -> None:
    office, unit = Principal("o", Role.OFFICE), Principal("u", Role.UNIT, "330324-fgj")
    office.require(Role.OFFICE, Role.OPERATOR)
    office.require_unit("330324-fgj")
    unit.require_unit("330324-fgj")
    with pytest.raises(ForbiddenError, match="office"):
        unit.require(Role.OFFICE)
    for other in (unit, Principal("l", Role.LEADER), Principal("a", Role.AUDITOR, "330324-jmj")):
        with pytest.raises(ForbiddenError, match="330324-jmj"):
            other.require_unit("330324-jmj")


def _count_decoding(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    decoded: list[str] = []
    decode = jwt.decode

    def counted(token: str, keys: KeySet, algorithms: list[str]) -> jwt.Token:
        decoded.append(token)
        return decode(token, keys, algorithms=algorithms)

    monkeypatch.setattr("shared.auth.jwt.decode", counted)
    return decoded


def _pass(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    started = time.monotonic()
    monkeypatch.setattr("shared.auth.time.monotonic", lambda: started + seconds)


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _encoded(part: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
