"""The rights that a service needs in Redis, printed as an ACL rule (docs/session-store.md#rights).

Commands of Lua scripts are read from the scripts themselves, since Redis checks each of them, too.
Names are those of Redis 6.2, which has no selectors and no read-only keys.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from link_kernel.redis import keys as redis_keys

_FOLDER: Final = "lua"
_SHARED: Final = "shared"
_SUFFIX: Final = ".lua"
_CALL: Final = re.compile(r"redis\.p?call\('(\w+)'")
_USER: Final = re.compile(r"[A-Za-z0-9_.@-]+")

# `HELLO` and `AUTH` need no right. `SELECT` is sent where the URL names a database.
CONNECTING: Final = ("select",)
SCRIPTING: Final = ("eval", "evalsha")
READINESS: Final = ("info", "set")
FOLLOWING: Final = ("client|id", "expire", "get", "info", "set", "xread", "xrevrange")
PUBLISHING: Final = ("wait",)
CHECKING: Final = ("multi",)  # `check` has commands queued, which asks for their rights, and leaves
# Of the library's scripts, which stand in no folder of ours.
LIMITING: Final = ("expire", "lindex", "lpush", "ltrim", "script|load")
# At a Cluster alone: where the slots are, and a command whose slot is on its way.
CLUSTERING: Final = ("asking", "cluster|slots")
# What a managed Redis may hide from everybody: nothing fails without it.
HIDEABLE: Final = frozenset({"client|id", "info", "wait"})
_EVERYWHERE: Final = (
    *(*CONNECTING, *SCRIPTING, *READINESS, *FOLLOWING),
    *(*PUBLISHING, *LIMITING, *CHECKING),
)

# Of both services: they end each other's sessions.
LOGIN_TOKENS: Final = f"{redis_keys.PREFIX}token:*"
SESSION_KEYS: Final = (
    LOGIN_TOKENS,
    redis_keys.link_session("*", "*"),
    redis_keys.ended_link_session("*", "*"),
    redis_keys.session_index("*"),
    redis_keys.elements_session("*", "*"),
    redis_keys.partition_of("*"),
    redis_keys.dpop_proof("*", "*"),
    redis_keys.REVOCATIONS,
    f"{redis_keys.LIMIT}:*",
    f"{redis_keys.PREFIX}ready:*",  # a release before this one writes others
    f"{redis_keys.MARK}*",
    redis_keys.business("*"),
)


@dataclass(frozen=True, slots=True)
class Rights:
    """The rights of one service: key patterns, its own commands, and the packages of its scripts.

    `keys` and `commands` are in addition to those of both services. The patterns in `only_read`
    are of keys that this service does not write, so that an operator may make them read-only.
    """

    keys: tuple[str, ...]
    commands: tuple[str, ...]
    script_packages: tuple[str, ...]
    only_read: tuple[str, ...]

    def all_keys(self) -> list[str]:
        """Return the patterns of every key that the service touches."""
        return sorted({*SESSION_KEYS, *self.keys})

    def all_commands(self, *, cluster: bool = False) -> list[str]:
        """Return every command that the service sends, or that its scripts call."""
        of_scripts = (name for package in self.script_packages for name in _called_in(package))
        own = sorted({*_EVERYWHERE, *self.commands, *of_scripts})
        return [*own, *(CLUSTERING if cluster else ())]

    def acl_line(self, user: str, *, cluster: bool = False) -> str:
        """Return the rule as a line of an ACL file, for each server of a Cluster if it is one.

        It resets keys and commands but no password, so that a newer release's line can be applied
        to the user of an older one.
        """
        keys = [f"~{pattern}" for pattern in self.all_keys()]
        commands = [f"+{name}" for name in self.all_commands(cluster=cluster)]
        return " ".join(
            ["user", user, "on", "resetkeys", "resetchannels", "-@all", *keys, *commands]
        )


def add_redis_acl(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", rights: Rights, user: str
) -> None:
    """Add `redis-acl`, which prints the rule of a service, to a command's parser."""
    parser = commands.add_parser(
        "redis-acl", help="the rights that this service needs in Redis, as a line of an ACL file"
    )
    parser.add_argument("--user", type=_user, default=user, help="its name there")
    parser.add_argument(
        "--cluster", action="store_true", help="for a Cluster, on each of whose servers it belongs"
    )
    parser.set_defaults(run=_print, rights=rights)


def _print(options: argparse.Namespace) -> None:
    rights: Rights = options.rights
    print(rights.acl_line(options.user, cluster=options.cluster))  # noqa: T201  # the command's output
    for hint in (
        f"without a password nobody is {options.user}: ACL SETUSER {options.user} '>PASSWORD'",
        "on every server, replicas too: Redis replicates no users, and a replica may take over",
    ):
        print(hint, file=sys.stderr)  # noqa: T201  # beside the output, which may go into a file


def _user(text: str) -> str:
    """Return a name that is one word of an ACL rule."""
    if not _USER.fullmatch(text):
        raise argparse.ArgumentTypeError("a user's name has letters, digits and _ . @ - alone")
    return text


def _called_in(package: str) -> set[str]:
    """Return the commands that the scripts of a package call."""
    folder = files(package) / _FOLDER
    scripts = [*_scripts_in(folder), *_scripts_in(folder / _SHARED)]
    return {name.lower() for script in scripts for name in _CALL.findall(script.read_text("utf-8"))}


def _scripts_in(folder: Traversable) -> list[Traversable]:
    if not folder.is_dir():
        return []
    return [file for file in folder.iterdir() if file.name.endswith(_SUFFIX)]
