"""Optuna studies in a database of Optuna's."""

from pathlib import Path

import optuna
from optuna.storages import RDBStorage

from hpsearch.errors import InvalidInput, StudyNotFound


def open_study(url: str, name: str | None = None) -> optuna.Study:
    """The study of this name in the database at `url`, such as `sqlite:///optuna.db`; without a name the only one there.

    Nothing is created: neither a file, nor tables. Raises InvalidInput for an address that does not lead to a database of Optuna's,
    and for several studies without a name; StudyNotFound for a name that is not there.
    """
    storage = _storage(url)
    names = optuna.study.get_all_study_names(storage)
    listed = ", ".join(names) or "none"
    if name is None and len(names) != 1:
        raise InvalidInput.at("--study", f"must say which study to bring in; there are {listed}")
    if name is not None and name not in names:
        raise StudyNotFound(f"{_without_password(url)} has no study {name!r}; there are {listed}")
    return optuna.load_study(study_name=name or names[0], storage=storage)


def _storage(url: str) -> RDBStorage:
    file = url.removeprefix("sqlite:///")
    if file != url and not Path(file.partition("?")[0]).is_file():
        raise InvalidInput.at("URL", f"there is no file {file!r}")
    try:
        return RDBStorage(url, skip_table_creation=True)
    except Exception as error:  # of SQLAlchemy, of the driver, or of Optuna, which has its own versions
        said = (str(error).splitlines() or [""])[0].replace(url, _without_password(url))
        message = (
            f"{_without_password(url)!r} cannot be opened as a database of Optuna's: {type(error).__name__}: {said}"
        )
        raise InvalidInput.at("URL", message) from None


def _without_password(url: str) -> str:
    scheme, sign, rest = url.partition("://")
    account, at, place = rest.rpartition("@")
    return f"{scheme}{sign}{account.partition(':')[0]}{at}{place}"
