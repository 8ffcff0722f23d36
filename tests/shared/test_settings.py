from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from shared.postgres import url_with_password
from shared.settings import ServiceSettings
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
