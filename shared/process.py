"""Run one process of a service: its API, relay, consumer and whatever else it runs, all or chosen by flag.

A loop that ends with an error ends the process, loudly: a supervisor starts it again. SIGTERM and SIGINT let requests
finish; killing the process at any moment is safe too.
"""

import argparse
import asyncio
import contextlib
import gc
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass, field

import asyncpg
import structlog
import uvicorn
import uvloop
from fastapi import APIRouter

from shared.auth import KeysUnavailableError, TokenVerifier
from shared.consumer import EventConsumer, Subscription
from shared.lasting import lasting
from shared.observability import configure_logging
from shared.postgres import Pool, open_pool
from shared.relay import Relay
from shared.replay import Replay, replay_of, router_of
from shared.runtime import Runtime
from shared.settings import ServiceSettings, SettingsError, read_settings
from shared.web import create_app

log = structlog.get_logger(__name__)

BackgroundLoop = Callable[[Runtime], Coroutine[None, None, None]]

_DATABASE_PATIENCE_SECONDS = 30
_STOP_SECONDS = 15
_REFUSED = (
    asyncpg.ClientConfigurationError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
"""What a wrong role, password, database or parameter of the URL gives."""


@dataclass(frozen=True)
class Service:
    """A service as its parts: `loops` maps a part's name to what it runs beside API, relay and consumer."""

    name: str
    description: str
    routers: tuple[APIRouter, ...]
    subscription: Subscription
    loops: Mapping[str, BackgroundLoop] = field(default_factory=dict)
    replays: Mapping[str, Replay] = field(default_factory=dict)
    """How those who consume beside the consumer take one of their dead letters again, by consumer."""

    @property
    def all_routers(self) -> tuple[APIRouter, ...]:
        """Return the service's routes and those that every service has."""
        replays = {self.name: replay_of(self.name, self.subscription), **self.replays}
        return (*self.routers, router_of(replays))

    @property
    def parts(self) -> tuple[str, ...]:
        """Return the names of all parts, in the order in which they are listed to operators."""
        return ("api", "relay", "consumer", *self.loops)


def run(service: Service, settings_type: type[ServiceSettings]) -> int:
    """Run from `python -m services.<name>`; return the exit code."""
    parts = _chosen_parts(service)
    try:
        settings = _named_instance(read_settings(settings_type))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    configure_logging(service.name, settings.instance, settings.log_format, settings.log_level)
    try:
        uvloop.run(serve(service, settings, parts))
    except SettingsError as error:
        log.critical("process ends", error=str(error))
        return 2
    except Exception as failure:
        log.critical("process ends", error=repr(failure), exc_info=failure)
        return 1
    return 0


async def serve(service: Service, settings: ServiceSettings, parts: frozenset[str]) -> None:
    """Run the chosen parts until SIGTERM, SIGINT or the first failure."""
    pool = await asyncio.wait_for(_open_pool_patiently(service, settings), timeout=_DATABASE_PATIENCE_SECONDS)
    async with pool:
        runtime = Runtime(service.name, settings, pool, settings.clock, await _verifier(settings))
        server = _server(service, settings, runtime, api="api" in parts)
        _leave_alone_what_stays()
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(lasting(name, loop), name=name) for name, loop in _loops(service, runtime, parts)
            ]
            for task in tasks:
                task.add_done_callback(_end_after)
            _stop_on_signals(server)
            await server.serve()
            for task in tasks:
                task.cancel()


def _leave_alone_what_stays() -> None:
    """Take code, models and routes out of the cyclic collector's sight: looking at them stops a request for 70 ms."""
    gc.collect()
    gc.freeze()


async def _open_pool_patiently(service: Service, settings: ServiceSettings) -> Pool:
    while True:
        try:
            url = settings.database_url.get_secret_value()
            return await open_pool(url, settings.database_pool_size, f"{service.name}-{settings.instance}")
        except OSError as error:
            log.warning("database away", error=repr(error))
            await asyncio.sleep(0.5)
        except _REFUSED as error:
            raise SettingsError(f"XIETIAO_DATABASE_URL: {error}") from error


async def _verifier(settings: ServiceSettings) -> TokenVerifier:
    """Return what verifies tokens; a key set in a file must be there, one at a URL may be away for now."""
    verifier = TokenVerifier(settings)
    if settings.jwks_file is not None:
        try:
            await verifier.read_keys()
        except KeysUnavailableError as error:
            raise SettingsError(f"XIETIAO_JWKS_FILE: {error}") from error
    return verifier


def _loops(
    service: Service, runtime: Runtime, parts: frozenset[str]
) -> Iterator[tuple[str, Coroutine[None, None, None]]]:
    if "relay" in parts:
        relay = Relay(runtime.pool, runtime.settings, runtime.progress)
        runtime.wake_relay = relay.wake
        runtime.progress.expect("relay")
        yield "relay", relay.run()
    if "consumer" in parts and service.subscription.topics:
        consumer = EventConsumer(
            service.name,
            service.subscription,
            runtime.pool,
            runtime.settings,
            runtime.progress,
            after_commit=runtime.wake_relay,
        )
        runtime.progress.expect("consumer")
        yield "consumer", consumer.run()
    for name, loop in service.loops.items():
        if name in parts:
            runtime.progress.expect(name)
            yield name, loop(runtime)


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: this module's stop the loops as well."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


def _server(service: Service, settings: ServiceSettings, runtime: Runtime, *, api: bool) -> _Server:
    routers = service.all_routers if api else ()
    app = create_app(f"xietiao {service.name}", service.description, routers, runtime)
    config = uvicorn.Config(
        app,
        settings.host,
        settings.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=10,
        lifespan="off",
    )
    return _Server(config)


def _stop_on_signals(server: _Server) -> None:
    """Stop in order when asked to."""

    def stop() -> None:
        server.should_exit = True
        _end_in_time()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)


def _end_after(task: "asyncio.Task[None]") -> None:
    """Say why a loop has ended, if it failed, before the others are waited for."""
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.critical("loop has failed", loop=task.get_name(), error=repr(failure))
    _end_in_time()


def _end_in_time() -> None:
    """End the process after `_STOP_SECONDS`, which is safe at any moment, whatever its end still waits for.

    A thread does it, not SIGALRM: that does nothing to a container's first process.
    """
    end = threading.Timer(_STOP_SECONDS, os._exit, args=(1,))
    end.daemon = True
    end.start()


def _chosen_parts(service: Service) -> frozenset[str]:
    parser = argparse.ArgumentParser(
        prog=f"python -m services.{service.name}",
        description=f"Run {service.name}: all its parts in one process, or those that are named.",
    )
    for part in service.parts:
        parser.add_argument(f"--{part}", action="store_true", help=f"run the {part}")
    chosen = {name for name, wanted in vars(parser.parse_args()).items() if wanted}
    return frozenset(chosen or service.parts)


def _named_instance(settings: ServiceSettings) -> ServiceSettings:
    return settings if settings.instance else settings.model_copy(update={"instance": socket.gethostname()})
