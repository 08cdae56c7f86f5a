"""Where the files of the drop-in are, and the one that holds the state of the kill switch."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

FOLDER = "RISK_GUARD_HOME"
"""The variable that names the folder of both files, in place of the working folder."""


def absolute(path: str | os.PathLike[str]) -> Path:
    """The path as one process and the next agree on it."""
    home = os.environ.get(FOLDER)
    return Path(home or Path.cwd()).joinpath(path).absolute()


def write_whole(path: Path, text: str) -> None:
    """Writes a file whole or not at all, and on disk before it returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            beside.unlink()
        raise
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def halted_by(path: Path) -> str | None:
    """Why a start is halted, by the state file; ``None`` where there is no file or it says that nothing is halted."""
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as problem:
        return f"{path} cannot be read: {problem}"
    try:
        state = json.loads(text)
    except (ValueError, RecursionError) as problem:
        return f"{path} is no JSON: {problem}"
    if not isinstance(state, dict):
        return f"{path} is no JSON object"
    active = state.get("kill_switch_active", "absent")
    if active is False:
        return None
    if active is True:
        return f"{state.get('reason') or 'no reason given'} (since {state.get('triggered_at')}, from {path})"
    return f"{path}: kill_switch_active is neither true nor false: {active!r}"
