import os
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.postgres import url_with_password
from shared.settings import ServiceSettings, SettingsError, read_settings
from tests.support.api import make_settings

URL = "postgresql://xietiao_tasks@postgres:5432/xietiao_tasks?sslmode=disable"


def settings(file: Path, url: str = URL) -> ServiceSettings:
    return make_settings(database_url=SecretStr(url), database_password_file=file, jwks_file=Path("jwks"))


def test_a_password_in_a_file_gets_into_the_url(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("a/b@c:d é\n")

    found = settings(file).database_url

    assert found.get_secret_value() == (
        "postgresql://xietiao_tasks:a%2Fb%40c%3Ad%20%C3%A9@postgres:5432/xietiao_tasks?sslmode=disable"
    )
    assert "a%2Fb" not in repr(found)


def test_without_a_file_the_url_stays_as_it_is() -> None:
    assert url_with_password("postgresql://a:b@c/d", None) == "postgresql://a:b@c/d"


@pytest.mark.parametrize(
    ("content", "url", "fault"),
    [
        (None, URL, "cannot be read"),
        (" \n", URL, "is empty"),
        ("x", "postgresql://role:secret@host/db", "no password"),
        ("x", "postgresql://host/db", "name its role"),
    ],
)
def test_a_password_file_that_cannot_be_meant_is_refused(
    tmp_path: Path, content: str | None, url: str, fault: str
) -> None:
    file = tmp_path / "password"
    if content is not None:
        file.write_text(content)
    with pytest.raises(ValidationError, match=fault) as refused:
        settings(file, url)
    assert "secret@" not in str(refused.value)


SET = {
    "XIETIAO_DATABASE_URL": "postgresql://xietiao_tasks:secret@127.0.0.1:9/xietiao_tasks",
    "XIETIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    "XIETIAO_JWKS_FILE": "/jwks",
}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("XIETIAO_ENVIRONMENT", "prod", "'embedded' or 'production'"),
        ("XIETIAO_PORT", "http", "valid integer"),
        ("XIETIAO_PORT", "65536", "less than or equal to 65535"),
        ("XIETIAO_DATABASE_URL", "", "Field required"),
        ("XIETIAO_DATABASE_URL", "mysql://xietiao_tasks:secret@host/db", "postgresql://"),
        ("XIETIAO_DATABASE_URL", "postgresql://xietiao_tasks:secret/more@host/db", "postgresql://"),
        ("XIETIAO_DATABASE_URL", "postgresql://xietiao_tasks:secret@host:x/db", "postgresql://"),
        ("XIETIAO_DATABASE_PASSWORD_FILE", "/missing", "cannot be read.*'/missing'"),
        ("XIETIAO_DATABASE_PASSWORD_FILE", "/dev/null", "/dev/null is empty"),
        ("XIETIAO_KAFKA_BOOTSTRAP", "", "Field required"),
        ("XIETIAO_KAFKA_BOOTSTRAP", "kafka", "host:port"),
        ("XIETIAO_KAFKA_BOOTSTRAP", "kafka:x", "host:port"),
        ("XIETIAO_KAFKA_BOOTSTRAP", "kafka:9092,", "host:port"),
        ("XIETIAO_KAFKA_BOOTSTRAP", "kafka:70000", "host:port"),
        ("XIETIAO_JWKS_FILE", "", "XIETIAO_JWKS_URL: one of them is needed"),
        ("XIETIAO_JWT_ALGORITHMS", "ES256", "JSON is wanted"),
        ("XIETIAO_JWT_ALGORITHMS", "[]", "at least 1 item"),
        ("XIETIAO_JWT_ALGORITHMS", '["none", "ES256"]', "entry 0: .*'ES256', 'ES384'"),
        ("XIETIAO_JWT_ALGORITHMS", '["ES256", "HS256"]', "entry 1: .*'ES256', 'ES384'"),
        ("XIETIAO_LOG_LEVEL", "INFO", "'info'"),
    ],
)
def test_a_variable_that_cannot_be_taken_is_named_and_its_value_kept_back(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    for variable, given in {**SET, name: value}.items():
        monkeypatch.setenv(variable, given)
    with pytest.raises(SettingsError, match=f"^settings cannot be taken:\n  {name}.*{fault}") as refused:
        read_settings(ServiceSettings)
    assert "secret" not in str(refused.value)
    assert str(refused.value).count("\n") == 1


@pytest.mark.parametrize("value", ["kafka:9092", "kafka:9092, other:9093", "[::1]:9092", "10.0.0.1:9092"])
def test_brokers_are_taken_as_they_are_written(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    for variable, given in {**SET, "XIETIAO_KAFKA_BOOTSTRAP": value}.items():
        monkeypatch.setenv(variable, given)
    assert read_settings(ServiceSettings).kafka_bootstrap == value


@pytest.mark.parametrize("hosts", ["", "one:5432,two:5433", "[::1]:5432", "postgres"])
def test_a_database_may_be_anywhere(monkeypatch: pytest.MonkeyPatch, hosts: str) -> None:
    url = f"postgresql://role:secret@{hosts}/db?sslmode=disable"
    for variable, given in {**SET, "XIETIAO_DATABASE_URL": url}.items():
        monkeypatch.setenv(variable, given)
    assert read_settings(ServiceSettings).database_url.get_secret_value() == url


def test_a_variable_that_is_set_to_nothing_is_as_if_it_were_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, given in {**SET, "XIETIAO_JWT_ISSUER": "", "XIETIAO_DATABASE_PASSWORD_FILE": ""}.items():
        monkeypatch.setenv(variable, given)
    found = read_settings(ServiceSettings)
    assert (found.jwt_issuer, found.database_password_file) == ("xietiao", None)


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("services.registry.seed", ["deploy/seed/yongjia-2009.yaml"]),
        ("services.meetings.obligations", ["deploy/seed/obligations-2009.yaml"]),
        ("services.tasks", []),
        ("shared.topics", []),
    ],
)
def test_every_program_names_the_variable_and_shows_no_value(module: str, arguments: list[str]) -> None:
    wrong = {"XIETIAO_DATABASE_PASSWORD_FILE": "/dev/null", "XIETIAO_KAFKA_BOOTSTRAP": "secret:broker"}
    done = subprocess.run(
        (sys.executable, "-m", module, *arguments),
        env={**os.environ, **SET, **wrong}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "XIETIAO_KAFKA_BOOTSTRAP: host:port is wanted" in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr
