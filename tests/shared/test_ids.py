"""Ids are in the order in which they are made, as those that PostgreSQL makes."""

import time

from shared.ids import new_id


def test_ids_follow_the_order_of_making() -> None:
    made = [new_id() for _ in range(1000)]
    assert all(each.version == 7 for each in made)
    assert len(set(made)) == len(made)
    assert [each.int >> 64 for each in made] == sorted(each.int >> 64 for each in made)


def test_an_id_begins_with_the_milliseconds_of_its_making() -> None:
    before = time.time_ns() // 1_000_000
    milliseconds = new_id().int >> 80
    assert before <= milliseconds <= time.time_ns() // 1_000_000
