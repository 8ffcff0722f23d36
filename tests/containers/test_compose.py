"""docker-compose.yml, whole: the main job, two replicas of the stream, least rights, nothing left behind."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from deploy.local.databases import OWNER, SERVICES, role
from deploy.local.seed import method_at_start
from shared.clock import county_date, system_clock
from tests.containers.engine import docker
from tests.containers.system import System, wait

LEAD, CO, BUSY = "330324-jmj", "330324-tjj", "330324-tyj"
STREAM = "scoring-stream"
ONE_SHOTS = {"databases", "topics", "seed", "obligations", *(f"{service}-migrations" for service in SERVICES)}
DUE = "2099-06-30"
"""So far off that nothing is late though midnight passes."""
AT_LEAST = 30
"""Tasks that are completed while the stream is scaled."""

ROLES = """
select rolname, rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls,
    (select count(*) from pg_auth_members where member = role.oid)
from pg_roles role where rolname like 'xietiao%' order by rolname
"""
OWNERS = """
select rolname from pg_roles where rolname like 'xietiao%' and exists (
    select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = pg_roles.oid and deptype = 'o')
"""
CONNECTED = """
select distinct datname, usename from pg_stat_activity
where backend_type = 'client backend' and datname <> 'postgres' order by 1
"""


@pytest.fixture(scope="module")
def today(system: System) -> str:
    """Adopt this year's method, and wait until every service and the registry's facts are there."""
    wait(lambda: all(system.compose.healthy(name) for name in (*SERVICES, STREAM)), seconds=120)
    day = county_date(system_clock())
    wait(lambda: len(system.ask("GET", "registry", "/v1/units", params={"limit": 200})["items"]) > len(ONE_SHOTS))
    system.ask("POST", "scoring", "/v1/methods", json=method_at_start(day.year))
    return day.isoformat()


def test_a_resolution_travels_to_a_tally(system: System, today: str) -> None:
    assert system.ask("GET", "registry", "/v1/coverage")
    meeting = system.ask(
        "POST", "meetings", "/v1/meetings",
        json={"body": "coordination-meeting", "kind": "special", "title": "专题会议", "held_on": today,
              "starts_at": f"{today}T00:00:00+08:00", "place": "会议室"},
    )  # fmt: skip
    resolution = system.ask(
        "POST", "meetings", f"/v1/meetings/{meeting['id']}/resolutions",
        json={"title": "推进园区建设", "lead_unit": LEAD, "cooperating_units": [CO], "due_on": DUE, "weight": "3"},
    )  # fmt: skip

    def tasks() -> list[Any]:
        return list(system.ask("GET", "tasks", "/v1/tasks", params={"source_id": resolution["id"]})["items"])

    def fulfilment() -> str:
        return str(system.ask("GET", "meetings", f"/v1/resolutions/{resolution['id']}")["fulfilment"]["state"])

    wait(lambda: len(tasks()) == 1)
    for unit in (LEAD, CO):
        system.complete(tasks()[0]["id"], unit)
    wait(lambda: (system.points(LEAD), system.points(CO)) == ("3", "1.5"))
    wait(lambda: fulfilment() == "fulfilled")


def test_the_stream_scales_to_two_replicas_while_events_flow(system: System, today: str) -> None:
    done = 0
    with ThreadPoolExecutor(1) as beside:
        scaling = beside.submit(system.compose.run, "up", "--detach", "--no-recreate", "--scale", f"{STREAM}=2")
        while done < AT_LEAST or not (scaling.done() and system.compose.healthy(STREAM, 2) and shared_out(system)):
            system.complete(make_task(system), BUSY)
            done += 1
        scaling.result()
    wait(lambda: system.points(BUSY) == str(2 * done))
    docker("kill", system.compose.containers(STREAM)[0])
    system.complete(make_task(system), BUSY)
    wait(lambda: system.points(BUSY) == str(2 * (done + 1)), seconds=60)


def test_every_partition_is_folded_to_its_end_and_nothing_twice(system: System) -> None:
    def folded() -> bool:
        told = in_kafka(system, "get-offsets", "--topic", r"xietiao\.(tasks|meetings|scoring)")
        stands = "select topic || ':' || partition || ':' || next_offset from stream_position"
        return sorted(told.split()) == sorted(sql(system, role("scoring"), stands))

    wait(folded)
    completed = f"select count(*), 2 * count(*) from assignment where unit = '{BUSY}' and state = 'completed'"  # noqa: S608 - a constant
    counted = f"select lines, points from tally where unit = '{BUSY}' and criterion = 'key-tasks'"  # noqa: S608 - a constant
    assert sql(system, role("scoring"), counted) == sql(system, role("tasks"), completed)
    assert sql(system, role("scoring"), "select count(*) from dead_letter") == ["0"]


def make_task(system: System) -> str:
    """Give the busy unit a task of weight 2 and return its id."""
    body = {
        "title": "日常工作", "source_kind": "instruction", "source_id": str(uuid4()), "lead_unit": BUSY,
        "due_on": DUE, "weight": "2",
    }  # fmt: skip
    return str(system.ask("POST", "tasks", "/v1/tasks", json=body)["id"])


def shared_out(system: System) -> bool:
    """Say whether both replicas have partitions of the log."""
    told = in_kafka(system, "consumer-groups", "--describe", "--members", "--group", "xietiao.scoring-stream")
    counts = [int(count) for count in re.findall(r"^xietiao\.scoring-stream .*?(\d+)\s*$", told, re.MULTILINE)]
    return len(counts) == 2 and min(counts) > 0


def in_kafka(system: System, tool: str, *arguments: str) -> str:
    """Return what a tool of the broker's own prints."""
    program = (f"/opt/kafka/bin/kafka-{tool}.sh", "--bootstrap-server", "localhost:9092")
    return system.compose.run("exec", "-T", "kafka", *program, *arguments)


def test_services_connect_as_roles_that_own_nothing(system: System) -> None:
    roles = [line.split("|") for line in sql(system, "postgres", ROLES)]
    assert roles == [[name, "f", "0"] for name in sorted((OWNER, *map(role, SERVICES)))]
    assert sql(system, "postgres", OWNERS) == [OWNER]  # in any database
    assert sql(system, "postgres", CONNECTED) == [f"{name}|{name}" for name in sorted(map(role, SERVICES))]


def sql(system: System, database: str, query: str) -> list[str]:
    """Return the lines that psql prints, as the superuser inside the server's container."""
    arguments = ("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--username", "postgres", "--dbname", database)
    return system.compose.run("exec", "-T", "postgres", *arguments, "--command", query).split()


def test_no_container_runs_as_root_or_finds_a_compiler(system: System) -> None:
    for service in (*SERVICES, STREAM):
        inside = "id -u; ! command -v gcc cc make && ! touch /opt/xietiao/x 2>/dev/null && echo closed"
        assert system.compose.run("exec", "-T", service, "sh", "-c", inside).split() == ["10001", "closed"]
    for server in ("kafka", "postgres"):
        user = system.compose.run("exec", "-T", server, "sh", "-c", "grep ^Uid: /proc/1/status").split()[1]
        assert int(user) > 0
    for one_shot in ONE_SHOTS:
        (container,) = system.compose.containers(one_shot)
        ran = docker("inspect", "--format", "{{.Config.User}} {{.State.ExitCode}}", container)
        assert ran == "10001:10001 0"


def test_every_container_has_limits_and_no_privilege_and_ours_a_closed_root(system: System) -> None:
    asked = "{{.Config.Image}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}} "
    asked += "{{.HostConfig.CapDrop}} {{.HostConfig.SecurityOpt}} {{.HostConfig.ReadonlyRootfs}}"
    for container in system.compose.containers():
        image, memory, cpus, pids, *rights, closed = docker("inspect", "--format", asked, container).split()
        assert min(int(memory), int(cpus), int(pids)) > 0, image
        assert rights == ["[ALL]", "[no-new-privileges:true]"], image
        assert closed == str(image.startswith("xietiao")).lower(), image


def test_no_secret_stands_in_a_containers_settings(system: System) -> None:
    secrets = [file.read_text() for file in Path(system.compose.environment["XIETIAO_SECRETS"]).iterdir()]
    assert len(secrets) == len(SERVICES) + 4  # superuser, owner, signing key, key set
    for container in system.compose.containers():
        settings = docker("inspect", "--format", "{{json .Config}}", container)
        assert not [secret for secret in secrets if secret in settings]


def test_all_of_it_can_be_restarted_at_once(system: System) -> None:
    def well() -> bool:
        ended = docker("inspect", "--format", "{{.State.Status}} {{.State.ExitCode}}", *one_shots)
        return set(ended.splitlines()) == {"exited 0"} and all(
            system.compose.healthy(name, count) for name, count in up
        )

    up = [(name, len(system.compose.containers(name))) for name in (*SERVICES, STREAM)]
    one_shots = [container for name in ONE_SHOTS for container in system.compose.containers(name)]
    system.compose.run("restart")
    wait(well, seconds=120)  # the one-shots were there before the servers


def test_a_containers_probe_shows_what_the_process_answers(system: System) -> None:
    shown = json.loads(system.compose.run("exec", "-T", "--index", "1", STREAM, "python", "probe.py", "/readyz"))
    assert (shown["ready"], shown["service"], shown["lag"]) == (True, "scoring", 0)


def test_a_service_ends_by_itself_although_the_broker_is_gone(system: System) -> None:
    system.compose.run("kill", "kafka")
    for container in (*system.compose.containers("tasks"), *system.compose.containers(STREAM)):
        if docker("inspect", "--format", "{{.State.Running}}", container) == "true":
            docker("stop", "--time", "20", container)
            assert docker("inspect", "--format", "{{.State.ExitCode}}", container) != "137"  # the engine had to kill it


def test_down_leaves_nothing(system: System) -> None:
    network_goes = system.compose.down()
    assert system.compose.containers() == []
    assert system.compose.left("volume") == []
    assert (system.compose.left("network") == []) == network_goes
