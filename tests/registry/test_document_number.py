import pytest

from services.registry.document_number import document_number_faults


@pytest.mark.parametrize("number", ["永政办发〔2009〕106号", "温政发〔2023〕1号", "永委〔1999〕12345号"])
def test_right_numbers_have_no_fault(number: str) -> None:
    assert document_number_faults(number) == []


@pytest.mark.parametrize(
    ("number", "faults"),
    [
        ("永政办发[2023]1号", ["brackets must be 〔〕"]),
        ("永政办发（2023）1号", ["brackets must be 〔〕"]),
        ("永政办发【2023】1号", ["brackets must be 〔〕"]),
        ("永政办发〔2023)1号", ["brackets must be 〔〕"]),
        ("永政办发〔2023〕01号", ["number without leading zero"]),
        ("永政办发〔2023〕0号", ["number without leading zero"]),
        ("永政办发〔2023〕第1号", ["no 第 before the number"]),
        ("永政办发〔23〕1号", ["the year must have four digits"]),
        ("永政办发〔2023〕1", ["号 must stand last"]),
        ("永政办发〔2023〕１号", ["number must be one to five Arabic digits"]),
        ("〔2023〕1号", ["an issuer code (Chinese characters, no spaces) must stand first"]),
        ("永政办发 〔2023〕1号", ["an issuer code (Chinese characters, no spaces) must stand first"]),
        ("永政办发〔2023〕1号\n", ["号 must stand last", "number must be one to five Arabic digits"]),
    ],
)
def test_a_wrong_number_says_what_is_wrong(number: str, faults: list[str]) -> None:
    assert document_number_faults(number) == faults


def test_all_faults_are_named_at_once() -> None:
    assert document_number_faults("[2023]01号") == [
        "an issuer code (Chinese characters, no spaces) must stand first",
        "brackets must be 〔〕",
        "number without leading zero",
    ]


@pytest.mark.parametrize("number", ["", "号", "永政办发", "2023", "永政办发2023 1号", "〔〕", "\x00"])
def test_whatever_is_no_number_has_a_fault(number: str) -> None:
    assert document_number_faults(number) != []
