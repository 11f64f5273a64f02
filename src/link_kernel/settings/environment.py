"""Settings from environment variables: read once, all errors reported together, no value printed.

The error messages name variables and never quote a value, because a value may be a secret.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from link_kernel.settings.faults import Reading, fault_of, unknown, unreadable
from link_kernel.settings.secret_files import SUFFIX, read_secret_files, secret_names

M = TypeVar("M", bound=BaseModel)

# Kubernetes puts variables into every container for each Service, whose name may start with our
# prefix: ELEMENTS_PORT=tcp://10.0.0.1:80 is not our port.
_SERVICE_ADDRESS: Final = ("tcp://", "udp://", "sctp://")
_SERVICE_NAME: Final = re.compile(r".*_SERVICE_HOST|.*_SERVICE_PORT(_.+)?|.*_PORT_[0-9]+_.+")


class SettingsError(Exception):
    """The environment holds no valid settings; `faults` has one line for each variable."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults: Final = tuple(faults)


def read_environment(prefix: str, model: type[M], environ: Mapping[str, str]) -> M:
    """Return `model` built from the variables `<prefix>_<FIELD>`, as in `ELEMENTS_REDIS_URL`.

    A secret may stand in the file that `<prefix>_<FIELD>_FILE` names. Whitespace around a value is
    dropped; an empty one counts as not set. Raise `SettingsError` with every fault: a name that is
    no field (unless Kubernetes set it), a missing variable, a file that cannot be read, a value in
    quotes or that the model rejects. The faults name variables and never quote a value.
    """
    set_here = dict(_own_variables(f"{prefix}_", environ))
    own, unread = read_secret_files(set_here, secret_names(prefix, model))
    named = {f"{prefix}_{field}".upper(): field for field in model.model_fields}
    others = [name for name in own if name not in named and not _SERVICE_NAME.fullmatch(name)]
    faults = [unknown(name, named) for name in others]
    faults += [f"{name}: {fault}" for name, fault in unread.items()]
    given = {named[name]: own[name].strip() for name in named.keys() & own.keys()}
    given = {field: value for field, value in given.items() if value}
    misread = {field: fault for field, value in given.items() if (fault := unreadable(value))}
    faults += [f"{prefix}_{field.upper()}: {fault}" for field, fault in misread.items()]
    try:
        settings = model.model_validate(given)
    except ValidationError as invalid:
        faults += [
            fault_of(error, Reading(prefix, model, given, environ))
            for error in invalid.errors(include_url=False)
            if not error["loc"] or error["loc"][0] not in misread
            if not _is_unread(error, prefix, unread)
        ]
    else:
        if not faults:
            return settings
    # The cause would print the values. One fault may be found at several entries of a list.
    raise SettingsError(sorted(set(faults))) from None


def variable_names(prefix: str, model: type[BaseModel]) -> frozenset[str]:
    """Return every variable that `read_environment` reads for `model`."""
    names = {f"{prefix}_{field}".upper() for field in model.model_fields}
    return frozenset(names | {name + SUFFIX for name in secret_names(prefix, model)})


def _own_variables(prefix: str, environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the variables with this prefix, except the addresses Kubernetes writes as `…_PORT`."""
    for name, value in environ.items():
        is_address = name.endswith("_PORT") and value.startswith(_SERVICE_ADDRESS)
        if name.startswith(prefix) and not is_address:
            yield name, value


def _is_unread(error: ErrorDetails, prefix: str, unread: Mapping[str, str]) -> bool:
    """Tell whether a setting is missing because its file could not be read, a fault by itself."""
    name = f"{prefix}_{error['loc'][0]}".upper() if error["loc"] else ""
    return error["type"] == "missing" and name + SUFFIX in unread
