"""The methods that ship, moved to the year in which they are adopted."""

import json

import pytest

from deploy.local.seed import method_of
from services.scoring.method import read_method


@pytest.mark.parametrize("name", ["departments-illustrative", "departments-complete", "townships-complete"])
def test_a_method_can_be_adopted_for_any_year(name: str) -> None:
    written, moved = (read_method(json.dumps(method_of(name, year))) for year in (2026, 2031))
    assert moved.method == written.method.replace("2026", "2031")
    assert moved.criteria == written.criteria
    assert (moved.year, moved.assessed.end.year) == ("2031", 2031)
    assert moved.assessed.end - moved.assessed.start == written.assessed.end - written.assessed.start
