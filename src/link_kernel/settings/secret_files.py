"""Secrets in files: `<NAME>_FILE` names the file that holds the value of the setting `<NAME>`.

Platforms mount secrets as files, where no list of processes and no crash report shows them.
"""

import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated, Any, Final, get_args

from pydantic import BaseModel, SecretStr

SUFFIX: Final = "_FILE"
_MOST_BYTES: Final = 64 * 1024
_TAKES_PATH: Final = object()
_UNREAD: Final = "cannot read the file: {}; name a file of text that this user can read"
# A keyring's setting takes a path already, and its file is read again at each SIGHUP.
KeyringText = Annotated[SecretStr, _TAKES_PATH]


def secret_names(prefix: str, model: type[BaseModel]) -> frozenset[str]:
    """Return the settings whose value may stand in a file: those that hold a secret."""
    return frozenset(
        f"{prefix}_{name}".upper()
        for name, field in model.model_fields.items()
        if _holds_secret(field.annotation) and _TAKES_PATH not in field.metadata
    )


def _holds_secret(annotation: Any) -> bool:  # noqa: ANN401  # a type, or a form such as `X | None`
    return annotation is SecretStr or any(map(_holds_secret, get_args(annotation)))


def read_secret_files(
    given: Mapping[str, str], secrets: Collection[str]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return `given` with each `<NAME>_FILE` of a secret replaced by the file's text as `<NAME>`.

    Beside it the fault of each `<NAME>_FILE` that cannot be used. It quotes no path, since somebody
    may have written the secret itself there.
    """
    values, faults = dict(given), {}
    for name in sorted(secrets):
        path = values.pop(name + SUFFIX, "")
        if not path:
            continue
        if values.get(name):
            faults[name + SUFFIX] = f"{name} is set, too; keep one of them"
            continue
        try:
            values[name] = _text_of(Path(path))
        except ValueError as error:
            faults[name + SUFFIX] = str(error)
    return values, faults


def _text_of(path: Path) -> str:
    """Return the text of a file without the end of its last line; `ValueError` without any."""
    try:
        file = path.stat()
        if stat.S_ISFIFO(file.st_mode) or stat.S_ISCHR(file.st_mode):  # may never end
            raise ValueError(_UNREAD.format("it is a pipe or a device"))
        if file.st_size > _MOST_BYTES:
            raise ValueError(_UNREAD.format(f"it has more than {_MOST_BYTES} bytes"))
        # A file of the kernel's has no size, and may wait for what comes.
        text = path.read_text("utf-8-sig").rstrip("\r\n") if file.st_size else ""
    except UnicodeDecodeError:
        raise ValueError(_UNREAD.format("it is no text")) from None
    except OSError as error:
        raise ValueError(_UNREAD.format(error.strerror)) from None
    if not text.strip():
        raise ValueError("the file is empty")
    return text
