"""Files of variables that an app names: read whole, and every fault reported at its line."""

from pathlib import Path as FilePath

from usher.config.app import Surroundings, Written
from usher.config.check import quote
from usher.config.document import SIZE_LIMIT
from usher.config.dotenv import read_dotenv
from usher.model.finding import NOT_HERE


def expanded(path: str, around: Surroundings) -> str:
    """Put the caller's home in for a leading "~/"."""
    home = around.env.get("HOME")
    return f"{home}{path[1:]}" if home and (path == "~" or path.startswith("~/")) else path


def read_env_file(written: Written, path: FilePath, key: str = "env_file") -> dict[str, str]:
    """Read a file of NAME=value; what is wrong with it is reported under `key`."""
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
        text = data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        strerror = error.strerror if isinstance(error, OSError) else "not UTF-8"
        reason = (strerror or "unknown").lower()
        written.complain(key, f"cannot read {quote(str(path))}: {reason}", code=NOT_HERE)
        return {}
    if len(data) > SIZE_LIMIT:
        written.complain(key, f"cannot read {quote(str(path))}: larger than 1 MiB")
        return {}
    variables, faults = read_dotenv(text)
    for line, fault in faults:
        written.complain(key, f"{path}:{line}: {fault}", inside=(line,))
    return variables
