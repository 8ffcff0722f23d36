import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.identifiers import (
    AUTHORITIES,
    credit_check,
    credit_code_faults,
    division_faults,
    gbt4754_faults,
    organisation_check,
)

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
EVERY_CLASS = [(authority, category) for authority, (_, categories) in AUTHORITIES.items() for category in categories]


def code_of(authority: str, category: str, body: str = "00253147") -> str:
    first = f"{authority}{category}330324{body}{organisation_check(body)}"
    return first + credit_check(first)


@pytest.mark.parametrize(
    "code", ["91350100M000100Y43", "91330000142916567N", "914403001922038216", "91440300708461136T"]
)
def test_published_codes_are_right(code: str) -> None:
    assert credit_code_faults(code) == []


@pytest.mark.parametrize(("authority", "category"), EVERY_CLASS)
def test_every_registration_authority_and_category_is_taken(authority: str, category: str) -> None:
    assert credit_code_faults(code_of(authority, category)) == []


@given(body=st.text(ALPHABET, min_size=8, max_size=8), chosen=st.sampled_from(EVERY_CLASS), data=st.data())
def test_any_one_character_changed_is_noticed(body: str, chosen: tuple[str, str], data: st.DataObject) -> None:
    code = code_of(*chosen, body)
    place = data.draw(st.integers(0, 17))
    other = data.draw(st.sampled_from([char for char in ALPHABET if char != code[place]]))
    assert credit_code_faults(code[:place] + other + code[place + 1 :])


def test_a_wrong_check_character_is_refused_with_the_right_one() -> None:
    assert credit_code_faults("91350100M000100Y44") == ["check character 4 is wrong; for 91350100M000100Y4 it is 3"]


def test_a_wrong_inner_organisation_digit_is_refused_though_the_outer_check_is_right() -> None:
    first = "11330324002531471"
    assert organisation_check("00253147") == "0"
    assert credit_code_faults(first + credit_check(first)) == [
        "organisation code 002531471: check character is 0 (GB 11714), not 1"
    ]


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("9135", "4 characters"),
        ("91350100M000100YI3", "holds I"),
        ("14350100M000100Y4", "17 characters"),
        ("B1350100M000100Y43", "no registration authority has B"),
        ("94350100M000100Y43", "authority 9 (工商) gives no category 4; one of 1, 2, 3, 9"),
        ("91990100M000100Y43", "no province has 99"),
    ],
)
def test_each_part_that_is_wrong_is_named(code: str, reason: str) -> None:
    assert any(reason in fault for fault in credit_code_faults(code))


@pytest.mark.parametrize("code", ["330324", "330300", "330000", "100000", "110101", "820000"])
def test_division_codes_of_known_provinces_are_taken(code: str) -> None:
    assert division_faults(code) == []


@pytest.mark.parametrize("code", ["33032", "990324", "330024", "33032a", ""])
def test_other_division_codes_are_refused(code: str) -> None:
    assert division_faults(code)


@pytest.mark.parametrize(
    ("code", "edition"),
    [("67", "GB/T 4754-2002"), ("P", "GB/T 4754-2002"), ("I6710", "GB/T 4754-2002"), ("79", "GB/T 4754-2017")],
)
def test_classes_of_an_edition_are_taken(code: str, edition: str) -> None:
    assert gbt4754_faults(code, edition) == []


@pytest.mark.parametrize(
    ("code", "edition", "reason"),
    [
        ("67", "GB/T 4754-1999", "edition GB/T 4754-1999 is not known"),
        ("64", "GB/T 4754-2002", "no division 64"),
        ("98", "GB/T 4754-2017", "no division 98; it has 01 to 97"),
        ("H67", "GB/T 4754-2002", "stands in section I"),
        ("U", "GB/T 4754-2017", "no section U"),
        ("67101", "GB/T 4754-2002", "two to four digits"),
        ("A1", "GB/T 4754-2002", "two to four digits"),
        ("", "GB/T 4754-2002", "two to four digits"),
    ],
)
def test_other_classes_are_refused_with_the_reason(code: str, edition: str, reason: str) -> None:
    assert reason in gbt4754_faults(code, edition)[0]
