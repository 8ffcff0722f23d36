import re
from pathlib import Path

from shared import settings_page
from shared.contracts import catalogue_page

_ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\bXIETIAO_[A-Z][A-Z_]*[A-Z]\b")


def test_the_event_catalogue_is_current() -> None:
    assert catalogue_page.PAGE.read_text(encoding="utf-8") == catalogue_page.page(), "run `make docs`"


def test_the_configuration_page_is_current() -> None:
    assert settings_page.PAGE.read_text(encoding="utf-8") == settings_page.page(), "run `make docs`"


def test_every_environment_variable_that_the_code_names_is_documented() -> None:
    documented = set(_VARIABLE.findall(settings_page.page()))
    named = {
        name: path.relative_to(_ROOT)
        for folder in ("shared", "services", "deploy", "tests")
        for path in (_ROOT / folder).rglob("*.py")
        for name in _VARIABLE.findall(path.read_text(encoding="utf-8"))
    }

    assert {name: path for name, path in named.items() if name not in documented} == {}


def test_every_relative_link_in_the_documents_leads_somewhere() -> None:
    pages = [*_ROOT.glob("*.md"), *(_ROOT / "docs").rglob("*.md"), *(_ROOT / "services").rglob("*.md")]
    missing = [
        f"{page.relative_to(_ROOT)}: {target}"
        for page in pages
        for target in _targets(page)
        if not (page.parent / target).exists()
    ]

    assert missing == []


def _targets(page: Path) -> list[str]:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8"))
    return [link for link in links if "://" not in link]
