"""Files of tasks: kept with their digest, named in the history, read by those concerned alone."""

import errno
import hashlib
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

from services.tasks.settings import TasksSettings
from tests.support.api import ServiceUnderTest, make_settings
from tests.tasks.builders import CO, LEAD, OTHER, assigned, step

CONTENT = "佐证材料".encode() * 1000
DIGEST = hashlib.sha256(CONTENT).hexdigest()
PDF = {"content-type": "application/pdf"}


async def uploaded(client: httpx.AsyncClient, task_id: str, content: bytes = CONTENT, **query: str) -> httpx.Response:
    params = {"name": "佐证材料.pdf", **query}
    return await client.post(f"/v1/tasks/{task_id}/attachments", params=params, content=content, headers=PDF)


async def test_a_file_is_given_back_as_it_came(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    answer = await uploaded(lead, task_id, digest=DIGEST)
    assert answer.status_code == 201, answer.text
    shown = answer.json()
    assert (shown["name"], shown["size"], shown["digest"], shown["unit"]) == (
        "佐证材料.pdf",
        len(CONTENT),
        DIGEST,
        LEAD,
    )
    given = await office.get(shown["link"])
    assert (given.content, given.headers["content-type"], given.headers["etag"]) == (
        CONTENT,
        "application/pdf",
        f'"{DIGEST}"',
    )
    assert "UTF-8''%E4%BD%90" in given.headers["content-disposition"]


async def test_a_transition_names_the_files_it_was_given_with(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    other = await assigned(office)
    file_id = (await uploaded(lead, task_id)).json()["id"]
    await step(lead, task_id, "acknowledge")
    path = f"/v1/tasks/{task_id}/assignments/{LEAD}/request-completion"
    strange = (await uploaded(lead, other)).json()["id"]
    refused = await lead.post(path, json={"attachments": [file_id, strange]})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "attachments.1")
    assert (await lead.post(path, json={"attachments": [file_id]})).status_code == 200
    task = (await office.get(f"/v1/tasks/{task_id}")).json()
    assert task["history"][-1]["attachments"] == [file_id]


async def test_only_units_concerned_may_see_a_file(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    link = (await uploaded(lead, task_id)).json()["link"]
    expected: dict[tuple[str | None, str | None], int] = {
        ("unit", CO): 200,
        ("leader", None): 200,
        ("auditor", None): 200,
        ("unit", OTHER): 403,
        ("integration", None): 403,
        ("operator", None): 403,
        (None, None): 401,
    }
    for (role, unit), status in expected.items():
        async with tasks.client(role, unit) as client:
            assert (await client.get(link)).status_code == status, role
            assert (await client.get(f"/v1/tasks/{task_id}/attachments")).status_code == status
    async with tasks.client("unit", OTHER) as stranger:
        assert (await uploaded(stranger, task_id)).status_code == 403


@pytest.mark.parametrize(
    ("content", "query", "field"),
    [(b"", {}, "body"), (CONTENT, {"digest": "0" * 64}, "digest"), (CONTENT, {"name": "..\x00"}, "name")],
)
async def test_what_is_no_whole_file_is_refused(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, content: bytes, query: dict[str, str], field: str
) -> None:
    answer = await uploaded(office, await assigned(office), content, **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_a_file_larger_than_the_limit_is_refused(tasks: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    answer = await uploaded(office, await assigned(office), bytes(21 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "attachment-too-large")


async def test_a_file_that_was_changed_on_the_disk_is_not_given_out(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, tmp_path: Path
) -> None:
    link = (await uploaded(office, await assigned(office))).json()["link"]
    (kept,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    kept.write_bytes(b"something else")
    answer = await office.get(link)
    assert (answer.status_code, answer.json()["code"]) == (500, "attachment-damaged")
    kept.unlink()
    assert (await office.get(link)).json()["code"] == "attachment-damaged"


async def test_a_full_disk_is_named_and_leaves_nothing_behind(
    tasks: ServiceUnderTest, office: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    task_id = await assigned(office)
    with monkeypatch.context() as patched:
        patched.setattr("services.tasks.attachments.files.os.fsync", full)
        answer = await uploaded(office, task_id)
    assert (answer.status_code, answer.json()["code"]) == (503, "files-away")
    assert "No space left on device" in answer.json()["detail"]
    assert answer.headers["retry-after"]
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    link = (await uploaded(office, task_id)).json()["link"]
    assert (await office.get(link)).content == CONTENT


async def test_the_same_upload_twice_under_a_key_is_one_file(
    tasks: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    task_id = await assigned(office)
    headers = {**PDF, "idempotency-key": "k1"}
    path = f"/v1/tasks/{task_id}/attachments"
    answers = [await office.post(path, params={"name": "a"}, content=CONTENT, headers=headers) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await office.get(path)).json()["items"]) == 1


@pytest.mark.parametrize("folder", ["/dev/null", "/dev/null/files"])
def test_a_folder_in_which_nothing_can_be_written_is_refused_at_the_start(folder: str) -> None:
    with pytest.raises(ValidationError, match="/dev/null is no folder in which this process may write"):
        make_settings(TasksSettings, jwks_file=Path("jwks"), files_folder=Path(folder))


def test_a_folder_that_can_be_made_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "files"
    assert (
        make_settings(TasksSettings, jwks_file=Path("jwks"), files_folder=folder).model_dump()["files_folder"] == folder
    )
