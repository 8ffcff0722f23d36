"""Kafka's jars: fetched once per user from the Maven repository, checked against the hashes that this folder lists.

`kafka_jars.json` names the version and every jar's SHA-256. Where nothing can be fetched, `XIETIAO_KAFKA_LIBS` names
the `libs` folder of a Kafka of this version that was brought by other means.
"""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from deploy.local.errors import StackError

Report = Callable[[str], None]
"""Takes one line of progress."""

WORTH_A_LINE = 5_000_000
"""Jars larger than this many bytes are announced while they are fetched."""


@dataclass(frozen=True)
class JarList:
    """What a complete set of jars is."""

    endpoint: str
    version: str
    sha256: Mapping[str, str]

    @classmethod
    def shipped(cls) -> "JarList":
        """Return the list that this folder ships."""
        return cls(**json.loads(Path(__file__).with_name("kafka_jars.json").read_text()))


def class_path(report: Report) -> str:
    """Return the class path of the broker; fetches the jars when they are not in this user's cache.

    Raises:
        StackError: the jars cannot be fetched, or are not those that are listed.
    """
    brought = os.environ.get("XIETIAO_KAFKA_LIBS")
    folder = _brought(Path(brought)) if brought else _cached(JarList.shipped(), report)
    return os.pathsep.join(str(jar) for jar in sorted(folder.glob("*.jar")))


def cache_folder() -> Path:
    """Return this user's cache for the embedded stack."""
    return platformdirs.user_cache_path("xietiao")


def _brought(folder: Path) -> Path:
    if not any(folder.glob("kafka-clients-*.jar")):
        raise StackError(f"XIETIAO_KAFKA_LIBS={folder} holds no Kafka: name the libs folder of a Kafka distribution")
    return folder


def _cached(jars: JarList, report: Report) -> Path:
    folder = cache_folder() / f"kafka-{jars.version}"
    if not folder.is_dir():
        report(f"fetching Kafka {jars.version} (about 45 MB, once per user, into {folder})")
        _install(jars, folder, report)
    return folder


def _install(jars: JarList, folder: Path, report: Report) -> None:
    """Fetch, check, and only then put in place, so that a folder that exists is complete."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as work:
        fetched = _fetch(jars, Path(work), report)
        _check(jars, fetched)
        complete = Path(work) / "complete"
        complete.mkdir()
        for jar in fetched:
            shutil.copyfile(jar, complete / jar.name)
        if not folder.is_dir():  # another stack may have been quicker
            complete.rename(folder)


def _fetch(jars: JarList, work: Path, report: Report) -> list[Path]:
    from jgo.env import EnvironmentBuilder  # noqa: PLC0415 - slow to import, and needed once per user
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 - slow to import, and needed once per user

    resolver = PythonResolver(progress_callback=_announcing(report))
    context = MavenContext(resolver=resolver, repo_cache=work / "maven", timeout=30)
    try:
        environment = EnvironmentBuilder(context=context, cache_dir=work / "jgo").from_endpoint(jars.endpoint)
    except Exception as error:  # jgo raises whatever its HTTP client and its parsers raise
        raise StackError(
            f"Kafka {jars.version} cannot be fetched ({error}): "
            "check the network, or set XIETIAO_KAFKA_LIBS to the libs folder of a Kafka that is already here"
        ) from error
    return [*environment.jars_dir.glob("*.jar"), *environment.modules_dir.glob("*.jar")]


def _announcing(report: Report) -> Callable[[str, int], AbstractContextManager[Callable[[int], None]]]:
    @contextmanager
    def announce(name: str, size: int) -> Iterator[Callable[[int], None]]:
        if size > WORTH_A_LINE:
            report(f"fetching {name} ({size / 1e6:.0f} MB)")
        yield lambda _bytes: None

    return announce


def _check(jars: JarList, fetched: list[Path]) -> None:
    found = {jar.name: hashlib.sha256(jar.read_bytes()).hexdigest() for jar in fetched}
    wrong = [name for name, digest in jars.sha256.items() if found.get(name) != digest]
    unknown = sorted(found.keys() - jars.sha256.keys())
    if wrong or unknown:
        raise StackError(
            f"the jars fetched for Kafka {jars.version} are not those expected: {', '.join(wrong + unknown)}"
        )
