"""What people do to studies: create, change, delete."""

from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from secrets import randbelow
from typing import Any

from hpsearch.errors import BudgetBelowUse, InvalidInput, LimitReached, StudyExists, StudyNotFound, StudyOver
from hpsearch.identity import Identity
from hpsearch.service import life
from hpsearch.service.commands.command import Again, Batch, Command
from hpsearch.service.digest import digest
from hpsearch.storage import Event, Ledger
from hpsearch.study import Budget, Study, StudyAccount, StudyReason, StudyState
from hpsearch.study.tags import MOST_TAGS
from hpsearch.trial import TrialState
from hpsearch.wire.studies import StudyPatch


class OfStudy(Command[Any]):
    """Base of the commands about one study, found by its name."""

    def __init__(self, name: str, who: Identity) -> None:
        self.name = name
        self.project = who.project
        self.who = who.name
        self._found: int | None = None

    def prepare(self, batch: Batch) -> Iterable[int]:
        """Finds the study, once: after a commit of unknown outcome its name may be another's."""
        if self._found is None:
            self._found = batch.ledger.find_study(self.project, self.name)
        return () if self._found is None else (self._found,)

    def held(self, ledger: Ledger) -> StudyAccount:
        """The study, locked; raises StudyNotFound when there is none, or none any more."""
        if self._found is None or ledger.study(self._found).deleted_at is not None:
            raise StudyNotFound(f"there is no study {self.name!r}")
        return ledger.study(self._found)


class CreateStudy(Command[tuple[StudyAccount, bool]]):
    """A new study; one that exists with the same definition is the answer (False), one with another is a conflict."""

    def __init__(self, definition: Study, who: Identity, most_studies: int) -> None:
        self.definition = definition
        self.most_studies = most_studies
        self.project = who.project
        self.who = who.name

    def run(self, batch: Batch) -> tuple[StudyAccount, bool]:
        """The study, and whether it is new."""
        ledger = batch.ledger
        existing = ledger.find_study(self.project, self.definition.name)
        if existing is not None:
            study = ledger.study(existing)
            if study.deleted_at is not None:
                raise Again  # in this very transaction: its name is free after it
            if _said(study.definition) != _said(self.definition):
                raise StudyExists(
                    f"a study {self.definition.name!r} exists with another definition; choose another name"
                )
            return study, False
        if ledger.count_studies(self.project) >= self.most_studies:
            raise LimitReached(f"project {self.project!r} has {self.most_studies} studies; delete one first")
        seed = self.definition.sampler.seed
        study = ledger.create_study(
            StudyAccount(
                id=0,
                project=self.project,
                definition=self.definition,
                description=self.definition.description,
                tags=self.definition.tags,
                budget=self.definition.budget,
                seed=randbelow(2**32) if seed is None else seed,
                state=StudyState.ACTIVE,
                seq=1,
                next_number=0,
                counts=dict.fromkeys(TrialState, 0),
                created_at=ledger.now,
                updated_at=ledger.now,
                versions=_versions(),
            )
        )
        ledger.event(Event(study.id, None, None, None, study.state.value, "created", self.who))
        return study, True


def _said(definition: Study) -> str:
    """What tells definitions apart: as in JSON 1 is not true, and not 1.0. Tags are labels and do not."""
    return digest(definition.model_dump(mode="json", exclude={"tags"}))


def _versions() -> dict[str, str]:
    """What a suggestion depends on besides its inputs."""
    found = {}
    for package in ("hpsearch", "optuna", "numpy"):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


class PatchStudy(OfStudy):
    """Changes description, tags, budget and state, in this order; checks all before it changes any."""

    def __init__(self, name: str, patch: StudyPatch, who: Identity) -> None:
        super().__init__(name, who)
        self.patch = patch

    def run(self, batch: Batch) -> StudyAccount:
        """The study after the change."""
        ledger = batch.ledger
        study = self.held(ledger)
        budget = self._budget(study)
        changed = replace(study, budget=budget, description=self._description(study), tags=self._tags(study))
        wanted = self._wanted(study, changed)
        if changed != study:
            ledger.seq(study.id)
            ledger.put_study(replace(changed, seq=ledger.study(study.id).seq, updated_at=ledger.now))
            ledger.event(Event(study.id, None, None, study.state.value, study.state.value, "changed", self.who))
        self._become(ledger, study, wanted)
        life.settle(ledger, study.id)
        return ledger.study(study.id)

    def _description(self, study: StudyAccount) -> str:
        return study.description if self.patch.description is None else self.patch.description

    def _tags(self, study: StudyAccount) -> tuple[str, ...]:
        if self.patch.tags is None:
            return study.tags
        tags = {*study.tags, *self.patch.tags.add}.difference(self.patch.tags.remove)
        if len(tags) > MOST_TAGS:
            raise LimitReached(f"study {self.name!r} would have {len(tags)} tags of at most {MOST_TAGS}; remove some")
        return tuple(sorted(tags))

    def _budget(self, study: StudyAccount) -> Budget:
        if self.patch.budget is None:
            return study.budget
        changes = self.patch.budget.model_dump(exclude_unset=True)
        budget = Budget.model_validate({**study.budget.model_dump(), **changes})
        if budget.target_value is not None and len(study.definition.directions) > 1:
            raise InvalidInput.at("budget.target_value", "not possible with several objectives; leave it out")
        if budget.max_trials is not None and budget.max_trials < study.next_number:
            raise BudgetBelowUse(
                f"max_trials {budget.max_trials} is below the {study.next_number} trials that there are"
            )
        if budget.max_seconds is not None and budget.max_seconds < study.active_seconds:
            raise BudgetBelowUse(
                f"max_seconds {budget.max_seconds} is below the {study.active_seconds:.0f} s that were spent"
            )
        return budget

    def _wanted(self, study: StudyAccount, changed: StudyAccount) -> StudyState:
        """The state to be in; raises StudyOver when it should be active and its limits do not allow it."""
        wanted = study.state
        if self.patch.state is not None:
            wanted = StudyState(self.patch.state)
        elif study.state is StudyState.FINISHED and _allows_more(changed.budget, study):
            wanted = StudyState.ACTIVE
        if wanted is StudyState.ACTIVE and study.state is StudyState.FINISHED:
            check_not_over(changed)
        if wanted is StudyState.PAUSED and study.state is StudyState.FINISHED:
            raise StudyOver(f"study {self.name!r} is finished; make it active before you pause it")
        return wanted

    def _become(self, ledger: Ledger, study: StudyAccount, wanted: StudyState) -> None:
        if wanted is study.state:
            return
        if wanted is StudyState.ACTIVE:
            life.activate(ledger, study.id, self.who)
        elif wanted is StudyState.FINISHED:
            life.finish(ledger, study.id, StudyReason.USER, self.who)
        else:
            life.pause(ledger, study.id, StudyReason.USER, None, self.who)


def _allows_more(budget: Budget, study: StudyAccount) -> bool:
    """Whether a limit of the study's present budget is lifted, or moved farther away."""
    before = study.budget
    limits = ((budget.max_trials, before.max_trials), (budget.max_seconds, before.max_seconds))
    if any(old is not None and (new is None or new > old) for new, old in limits):
        return True
    target, old = budget.target_value, before.target_value
    return old is not None and (target is None or study.definition.directions[0].better(target, old))


def check_not_over(study: StudyAccount) -> None:
    """Raises StudyOver when a limit of the study is reached."""
    reason = study.over()
    if reason is not None:
        raise StudyOver(
            f"study {study.name!r} is finished by {reason.value}, which still holds; extend its budget first"
        )


class DeleteStudy(OfStudy):
    """Hides a study at once; its leases are lost, its name is free."""

    _was_there = False

    def run(self, batch: Batch) -> None:
        """Marks it; again, after a commit of unknown outcome, is harmless."""
        ledger = batch.ledger
        if self._was_there and self._found is not None and ledger.study(self._found).deleted_at is not None:
            return
        study = self.held(ledger)
        self._was_there = True
        ledger.event(Event(study.id, None, None, study.state.value, None, "deleted", self.who))
        ledger.put_study(replace(ledger.study(study.id), deleted_at=ledger.now))
