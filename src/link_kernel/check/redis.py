"""Redis in `check`: what each primary says of itself, and whether a service may use it as it does.

Nothing is written. The words for a Redis that cannot be the session store are those of `/readyz`.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from link_kernel.auth.access_token import LEEWAY_S, MAX_AHEAD_S
from link_kernel.check.findings import Finding, Level, not_checked
from link_kernel.check.redis_rights import lacking_rights
from link_kernel.clock import Clock
from link_kernel.redis.address import RedisAddress, Topology
from link_kernel.redis.any_client import is_cluster_client, primaries_of
from link_kernel.redis.connection import cause_of, connect
from link_kernel.redis.pools import TimeOuts
from link_kernel.redis.readiness import StoreFault, StoreState, examine_redis
from link_kernel.redis.rights import Rights
from link_kernel.redis.server_info import read_info
from link_kernel.settings.kinds import RedisSettings

REDIS: Final = "redis"
_CONNECTIONS: Final = 2  # to each primary; one of them tries the rights
# Settings allow a service up to 30 s, and a silent server costs a command twice as much.
_LONGEST_S: Final = 4.0
_SECTIONS: Final = ("server", "replication", "memory", "persistence")
_OLDEST: Final = (6, 2)
_SHOWN: Final = 8
# With these, no primary is there to be asked for more.
_SILENT: Final[frozenset[StoreFault]] = frozenset(
    {"no_answer", "loading", "full", "cluster_down", "is_cluster"}
)
_CURES: Final[Mapping[StoreFault, str]] = {
    "no_answer": "see that it runs, and to host, port, user and password in {setting}{scheme}",
    "loading": "it reads its data from its disk: wait until it has",
    "full": "raise its maxclients, or end other clients",
    "refuses_writes": "{setting} must lead to a primary with free memory, a disk that works and the"
    " rights of `{program} redis-acl`",
    "cluster_down": "give each slot a primary, and set cluster-require-full-coverage no",
    "is_cluster": "write {setting} as redis+cluster://",
    "some_primaries_fail": "the customers of the others are served",
}
_TO_TLS: Final = "; rediss:// needs a port that speaks TLS"
_TO_TOPOLOGY: Final[Mapping[Topology, str]] = {
    "single": "",
    "cluster": "; redis+cluster:// needs servers of a Cluster, and redis:// is a single one",
    "sentinel": "; redis+sentinel:// needs the Sentinels' ports, and after the hosts the name that"
    " they have for the primary",
}
_HIDDEN: Final = "is hidden by the server"


@dataclass(frozen=True, slots=True)
class RedisUse:
    """How a service uses Redis: its program, its setting, and its rights."""

    program: str
    setting: str
    rights: Rights


@dataclass(frozen=True, slots=True)
class _Primary:
    """What a primary tells: fields of `INFO`, and what a script, its clock and its rights gave.

    `script_fault` is empty where scripts run, `ahead_s` is `None` where the server does not tell
    its time, and `lacking` the error where the user's rights cannot be asked.
    """

    place: str
    info: Mapping[str, Any]
    script_fault: str
    ahead_s: float | None
    lacking: Sequence[str] | ResponseError


Judgement = tuple[Level, str]


async def check_redis(settings: RedisSettings, use: RedisUse, clock: Clock) -> list[Finding]:
    """Return what is found of the Redis in the settings, of every primary of a Cluster."""
    url = settings.redis_url.get_secret_value()
    address = RedisAddress.parse(url)
    time_outs = TimeOuts(*[min(allowed_s, _LONGEST_S) for allowed_s in settings.redis_time_outs])
    async with connect(url, connections=_CONNECTIONS, time_outs=time_outs) as redis:
        state = await examine_redis(redis)
        first = _store(state, use, address)
        if not _SILENT.isdisjoint(state.faults):
            return [first, *not_checked(REDIS_NAMES[1:], since=REDIS)]
        asking = [_ask(primary, use, clock, redis) for primary in await primaries_of(redis)]
        found = await asyncio.gather(*asking, return_exceptions=True)
    told = [primary for primary in found if isinstance(primary, _Primary)]
    if not told:  # it has gone meanwhile
        lost = ", ".join({cause_of(one) for one in found if isinstance(one, BaseException)})
        gone = _store(StoreState(["no_answer"], [lost]), use, address)
        return [gone, *not_checked(REDIS_NAMES[1:], since=REDIS)]
    return [first, *(_worst(name, judge, told, use) for name, judge in _JUDGES.items())]


async def _ask(primary: Redis, use: RedisUse, clock: Clock, redis: Redis) -> _Primary:
    """Ask a primary; raises redis-py's error if it does not answer."""
    sections, script_fault, ahead_s, lacking = await asyncio.gather(
        asyncio.gather(*[read_info(primary, section) for section in _SECTIONS]),
        _script_fault(primary),
        _ahead_s(primary, clock),
        _lacking(primary, use.rights, cluster=is_cluster_client(redis)),
    )
    where = primary.connection_pool.connection_kwargs
    place = f"{where.get('host')}:{where.get('port')}" if is_cluster_client(redis) else ""
    info = {name: value for section in sections for name, value in section.items()}
    return _Primary(place, info, script_fault, ahead_s, lacking)


async def _script_fault(primary: Redis) -> str:
    try:
        await primary.eval("return 1", 0)
    except ResponseError as error:
        return cause_of(error)
    return ""


async def _lacking(
    primary: Redis, rights: Rights, *, cluster: bool
) -> Sequence[str] | ResponseError:
    try:
        return await lacking_rights(primary, rights, cluster=cluster)
    except ResponseError as error:
        return error


async def _ahead_s(primary: Redis, clock: Clock) -> float | None:
    """Return by how much the server's clock is ahead of ours at the middle of the round trip."""
    before_ms = clock.now_ms()
    try:
        seconds, microseconds = await primary.time()
    except ResponseError:
        return None
    middle_ms = (before_ms + clock.now_ms()) / 2
    return float(seconds + microseconds / 1_000_000 - middle_ms / 1000)


def _store(state: StoreState, use: RedisUse, address: RedisAddress) -> Finding:
    """Return the line of readiness; whether the Redis evicts has a line of its own."""
    faults = [fault for fault in state.faults if fault != "evicts"]
    if not faults:
        return Finding(REDIS, "ok", address.place)
    [fault] = faults
    level: Level = "warning" if fault == "some_primaries_fail" else "FAULT"
    causes = f" ({', '.join(dict.fromkeys(state.causes))})" if state.causes else ""
    scheme = f"{_TO_TLS if address.is_tls else ''}{_TO_TOPOLOGY[address.topology]}"
    cure = _CURES[fault].format(setting=use.setting, program=use.program, scheme=scheme)
    return Finding(REDIS, level, f"{fault}{causes}: {cure}")


def _worst(
    name: str,
    judge: Callable[[_Primary, RedisUse], Judgement],
    primaries: Iterable[_Primary],
    use: RedisUse,
) -> Finding:
    """Return the line of the primary that is worst off; of a Cluster with its address."""
    judged = [(*judge(primary, use), primary.place) for primary in primaries]
    level, text, place = max(judged, key=lambda found: _RANKS.index(found[0]))
    at = f"at {place} " if place and level != "ok" else ""
    return Finding(name, level, f"{at}{text}")


def _version(primary: _Primary, _use: RedisUse) -> Judgement:
    version = str(primary.info.get("redis_version", ""))
    if not version:
        return "unknown", _HIDDEN
    if tuple(int(part) for part in version.split(".")[:2] if part.isdecimal()) < _OLDEST:
        return "FAULT", f"{version}: the services need 6.2 or later"
    name = str(primary.info.get("server_name", "redis"))
    return "ok", str(primary.info.get(f"{name}_version", version))


def _role(primary: _Primary, use: RedisUse) -> Judgement:
    role, replicas = primary.info.get("role"), primary.info.get("connected_slaves")
    if role is None:
        return "unknown", _HIDDEN
    if role != "master":
        cure = f"{use.setting} must name the primary; redis+sentinel:// finds it"
        return "FAULT", f"replica: {cure}"
    if replicas == 0:
        return "warning", "no replica follows it: what it loses, nobody has"
    return "ok", "primary"


def _rights(primary: _Primary, use: RedisUse) -> Judgement:
    cure = f"apply the line of `{use.program} redis-acl` on every server"
    if isinstance(primary.lacking, ResponseError):
        return "unknown", f"cannot be asked by MULTI ({cause_of(primary.lacking)}): {cure}"
    if not primary.lacking:
        return "ok", ""
    shown, more = primary.lacking[:_SHOWN], len(primary.lacking) - _SHOWN
    others = f" and {more} more" if more > 0 else ""
    return "FAULT", f"lacks {' '.join(shown)}{others}: {cure}"


def _policy(primary: _Primary, _use: RedisUse) -> Judgement:
    policy = primary.info.get("maxmemory_policy")
    if policy is None:
        return "unknown", f"{_HIDDEN}: see to maxmemory-policy noeviction yourself"
    if policy != "noeviction":
        return "FAULT", f"evicts ({policy}): set maxmemory-policy noeviction, or sessions vanish"
    return "ok", str(policy)


def _persistence(primary: _Primary, _use: RedisUse) -> Judgement:
    appends = primary.info.get("aof_enabled")
    if appends is None:
        return "unknown", _HIDDEN
    if "err" in {primary.info.get(name) for name in _LAST_SAVES}:
        return "warning", "the last one failed: see to the server's log and disk"
    if not appends:
        lost = "a restart loses all, or what came since the last snapshot"
        return "warning", f"appendonly no: {lost}; set appendonly yes"
    return "ok", "appendonly yes"


def _scripts(primary: _Primary, _use: RedisUse) -> Judgement:
    if primary.script_fault:
        return "FAULT", f"no script runs ({primary.script_fault}): the services need EVAL, EVALSHA"
    return "ok", ""


def _clock(primary: _Primary, _use: RedisUse) -> Judgement:
    ahead_s = primary.ahead_s
    if ahead_s is None:
        return "unknown", _HIDDEN
    text = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s > 0 else 'behind'} this machine"
    if abs(ahead_s) <= LEEWAY_S:
        return "ok", text
    level: Level = "FAULT" if abs(ahead_s) > MAX_AHEAD_S else "warning"
    return level, f"{text}: set both by NTP, since access tokens have Redis's time"


_RANKS: Final[Sequence[Level]] = ("ok", "unknown", "warning", "FAULT")
_LAST_SAVES: Final = ("aof_last_write_status", "rdb_last_bgsave_status")
_JUDGES: Final[Mapping[str, Callable[[_Primary, RedisUse], Judgement]]] = {
    "redis version": _version,
    "redis role": _role,
    "redis rights": _rights,
    "redis policy": _policy,
    "redis persistence": _persistence,
    "redis scripts": _scripts,
    "redis clock": _clock,
}
REDIS_NAMES: Final = (REDIS, *_JUDGES)
