import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local import ports
from deploy.local.errors import PortInUseError, StackError
from deploy.local.layout import Layout
from deploy.local.ports import Ports, PortWishes


@pytest.fixture
def occupied() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_services_listen_where_the_contract_says(layout: Layout) -> None:
    chosen = ports.choose(layout, PortWishes())

    assert (chosen.registry, chosen.tasks, chosen.meetings, chosen.scoring) == (8101, 8102, 8103, 8104)
    assert chosen.stream == 8114


def test_a_base_moves_all_and_an_own_option_one(layout: Layout) -> None:
    chosen = ports.choose(layout, PortWishes(base=9300, tasks=9999))

    assert (chosen.registry, chosen.tasks, chosen.scoring, chosen.stream) == (9301, 9999, 9304, 9314)


def test_ports_are_remembered_until_changed(layout: Layout) -> None:
    ports.choose(layout, PortWishes(base=9300, kafka=9392)).save(layout)

    again = ports.choose(layout, PortWishes(scoring=9555))

    assert (again.registry, again.scoring, again.kafka) == (9301, 9555, 9392)


def test_a_server_without_a_wish_moves_to_a_free_port(layout: Layout, occupied: int) -> None:
    first = ports.choose(layout, PortWishes(postgres=occupied))
    first.save(layout)

    assert ports.choose(layout, PortWishes()).postgres != occupied


def test_a_free_port_is_none_that_outgoing_connections_are_given() -> None:
    given = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first, last = map(int, given.read_text().split()) if given.exists() else (49152, 65535)
    if first < ports.NOT_GIVEN_TO_CONNECTIONS.stop:
        pytest.skip(f"this machine gives nearly every port to outgoing connections, {first} to {last}")
    assert not [port for _ in range(50) if first <= (port := ports.any_free_port()) <= last]


def test_a_free_port_is_none_on_which_somebody_listens(occupied: int, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter([occupied, occupied, 20_001])
    monkeypatch.setattr("deploy.local.ports.secrets.choice", lambda _ports: next(drawn))
    monkeypatch.setattr(ports, "is_free", lambda port: port != occupied)
    assert ports.any_free_port() == 20_001


def test_a_port_in_use_is_named_with_the_option_that_changes_it(layout: Layout, occupied: int) -> None:
    chosen = ports.choose(layout, PortWishes(base=9300, tasks=occupied))

    with pytest.raises(PortInUseError, match=rf"port {occupied} \(tasks\) is in use .* --tasks-port"):
        ports.check_free(chosen, set())
    ports.check_free(chosen, {"tasks"})


def test_two_parts_on_one_port_are_refused(layout: Layout) -> None:
    with pytest.raises(StackError, match="port 9302 was given to both registry and tasks"):
        ports.choose(layout, PortWishes(registry=9302, tasks=9302))


@pytest.mark.parametrize("port", [0, 65536])
def test_an_impossible_port_is_refused(layout: Layout, port: int) -> None:
    with pytest.raises(StackError, match=f"port {port} "):
        ports.choose(layout, PortWishes(kafka=port))


def test_a_damaged_memory_is_said_to_be_damaged(layout: Layout) -> None:
    layout.state.write_text('{"ports": {}}')

    with pytest.raises(StackError, match=r"stack\.json cannot be read"):
        Ports.load(layout)
