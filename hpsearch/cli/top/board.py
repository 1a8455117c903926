"""What `top` knows: studies, workers, and the rungs of the chosen study; what it hears changes that."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hpsearch.wire.changes import StudyChange
    from hpsearch.wire.costs import RungView
    from hpsearch.wire.studies import StudyView, WorkerView

_ORDER = ("active", "paused", "finished")


@dataclass(frozen=True, slots=True)
class Opened:
    """The server answers: all studies as they stand."""

    studies: "Sequence[StudyView]"


@dataclass(frozen=True, slots=True)
class Found:
    """A study that was not known."""

    study: "StudyView"


@dataclass(frozen=True, slots=True)
class Changed:
    """A known study changed, or is gone."""

    change: "StudyChange"


@dataclass(frozen=True, slots=True)
class Looked:
    """The workers, and the rungs of `study`."""

    workers: "Sequence[WorkerView]"
    study: str | None
    rungs: "Sequence[RungView]"


@dataclass(frozen=True, slots=True)
class Lost:
    """The server does not answer; `at` is when this was noticed."""

    message: str
    at: datetime


News = Opened | Found | Changed | Looked | Lost


@dataclass(slots=True)
class Board:
    """What is known. `chosen` is the study that somebody chose; `lost` since when the server is gone, None while it answers."""

    chosen: str | None = None
    studies: "dict[str, StudyView]" = field(default_factory=dict)
    workers: "Sequence[WorkerView]" = ()
    rungs: "Sequence[RungView]" = ()
    rungs_of: str | None = None
    lost: Lost | None = None

    def take(self, news: News) -> None:
        """Takes in what was heard."""
        match news:
            case Opened(studies):
                self.studies = {view.name: view for view in studies}
                self.lost = None
            case Found(study):
                self.studies[study.name] = study
            case Changed(change):
                self._change(change)
            case Looked(workers, study, rungs):
                self.workers, self.rungs_of, self.rungs = workers, study, rungs
            case Lost():
                self.lost = Lost(news.message, self.lost.at) if self.lost else news

    def ordered(self) -> "list[StudyView]":
        """The studies: active ones, paused ones, finished ones; of each the newest first."""
        return sorted(
            self.studies.values(),
            key=lambda view: (_ORDER.index(view.state.value), -view.created_at.timestamp(), view.name),
        )

    def shown(self) -> "StudyView | None":
        """The study whose rungs are shown: the chosen one, else the first."""
        found = self.studies.get(self.chosen) if self.chosen is not None else None
        return found or next(iter(self.ordered()), None)

    def choose(self, step: int) -> None:
        """Chooses the study so many places further down."""
        names, shown = [view.name for view in self.ordered()], self.shown()
        if shown is not None:
            self.chosen = names[min(max(names.index(shown.name) + step, 0), len(names) - 1)]

    def _change(self, change: "StudyChange") -> None:
        view = self.studies.get(change.study)
        if change.deleted:
            self.studies.pop(change.study, None)
        elif view is not None and change.seq >= view.seq:
            self.studies[change.study] = changed(view, change)


def changed(view: "StudyView", change: "StudyChange") -> "StudyView":
    """The study after the change."""
    fields = (
        *("seq", "state", "reason", "reason_detail", "counts", "best_trial", "best_value"),
        *("active_seconds", "updated_at"),
    )
    present = {"budget": change.budget, "description": change.description, "tags": change.tags}
    definition = view.definition.model_copy(update=present)
    return view.model_copy(update={"definition": definition, **{name: getattr(change, name) for name in fields}})
