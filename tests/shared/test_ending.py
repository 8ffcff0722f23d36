"""A process of which one part has failed ends, although another does not."""

import asyncio
import os
import sys
from pathlib import Path

from tests.conftest import DatabaseFactory
from tests.support.api import SigningKey

_PROGRAM = """
import asyncio
import sys

from shared import process
from shared.consumer import Subscription
from shared.settings import ServiceSettings


async def fails(runtime):
    await asyncio.sleep(0.2)
    raise RuntimeError("a loop has failed")


async def lingers(runtime):
    try:
        await asyncio.Event().wait()
    finally:
        print("ending", flush=True)
        await asyncio.Event().wait()


process._STOP_SECONDS = 1
loops = {"fails": fails, "lingers": lingers}
service = process.Service("meetings", "", (), Subscription(()), loops=loops)
sys.exit(process.run(service, ServiceSettings))
"""


async def test_a_failure_ends_the_process_although_another_loop_cannot_end(
    database: DatabaseFactory, tmp_path: Path
) -> None:
    SigningKey(tmp_path / "jwks.json").publish()
    environment = {
        **os.environ,
        "XIETIAO_DATABASE_URL": (await database("meetings")).url,
        "XIETIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "XIETIAO_JWKS_FILE": str(tmp_path / "jwks.json"),
        "XIETIAO_PORT": "0",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _PROGRAM, "--fails", "--lingers",
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(30):
            said, told = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, said) == (1, b"ending\n"), told
    assert b"a loop has failed" in told
