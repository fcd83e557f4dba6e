"""What the operating system refuses, said so that a person can mend it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mig_assist.errors import EnvironmentLacks

_TOO_LITTLE_BYTES = 1024 * 1024


def tells_of_full_disk(text: str) -> bool:
    """Whether a program's output names a full disk or a used-up quota."""
    text = text.lower()
    return any(os.strerror(code).lower() in text for code in (errno.ENOSPC, errno.EDQUOT))


def is_full(folder: Path) -> bool:
    """Whether there is hardly any space left where ``folder`` is; a log may be lost then too."""
    try:
        return shutil.disk_usage(folder).free < _TOO_LITTLE_BYTES
    except OSError:
        return False


def disk_full(folder: Path) -> EnvironmentLacks:
    """The error for a full disk."""
    return EnvironmentLacks(
        "The disk is full",
        f"PostgreSQL needs about 60 MB for its data in {folder}.",
        "Free some disk space, then try again.",
    )


@contextmanager
def named_errors(folder: Path) -> Iterator[None]:
    """Turn an :class:`OSError` at work on a server's folder into an error for people.

    Raises:
        EnvironmentLacks: the disk is full, a permission is missing, or what else it was.
    """
    try:
        yield
    except OSError as error:
        # An error of several files, as shutil raises it, has no number of its own.
        if error.errno in (errno.ENOSPC, errno.EDQUOT) or tells_of_full_disk(str(error)):
            raise disk_full(folder) from None
        raise EnvironmentLacks(
            "PostgreSQL's folder cannot be used",
            f"{error.strerror or error}: {error.filename or folder}",
            f"Look at who owns {folder}, and whether it can be written.",
        ) from None
