"""What is done with the weights of a study's best trial: show it, save it, test it, train it once more on all data."""

import json
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hpsearch.cli import extras, formats, output, trial_report
from hpsearch.cli.exits import ExitCode
from hpsearch.cli.launch import python
from hpsearch.cli.options import Json, Server, StudyName, connect
from hpsearch.errors import CheckpointNotFound, Conflict, HpsearchError, InvalidInput, TrialNotFound

if TYPE_CHECKING:
    from hpsearch.client import Client
    from hpsearch.study import Study
    from hpsearch.wire.studies import TestRecord
    from hpsearch.wire.trials import TrialDetail


Save = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Write its weights, its parameters and a script that predicts there."),
]
Number = Annotated[int | None, typer.Option(help="This trial; the best one without it.", min=0)]

_REFUSALS: dict[int, type[HpsearchError]] = {ExitCode.USAGE: InvalidInput, ExitCode.NOT_FOUND: CheckpointNotFound}


def best(
    study: StudyName,
    save: Save = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Show the best trial, or the Pareto front."""
    with connect(server) as client:
        definition = client.get_study(study).definition
        details = [client.get_trial(study, trial.number) for trial in client.best(study).trials]
        if not details:
            raise TrialNotFound(f"{study} has no completed trial yet.")
        if save is not None:
            _save(_job(definition, _only(details, "--save")), save, details[0].number)
        if as_json:
            output.models(details)
            return
        for place, detail in enumerate(details):
            if place:
                output.line()
            trial_report.show(client, definition, detail)


def evaluate(
    study: StudyName,
    trial: Number = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Evaluate the best trial on the test data.

    The test data stays sealed until the study is finished. Each opening is recorded with who asked and when; a trial that was tested
    before is not tested again, its record is shown.
    """
    with connect(server) as client:
        definition = client.get_study(study).definition
        detail = client.get_trial(study, trial) if trial is not None else _best(client, study, "a test")
        record = _tested(client, study, detail.number)
        if record is None:
            if not _is_builtin(definition.objective):
                raise InvalidInput.at(
                    "objective", f"{definition.objective} is your own code, whose test data only you know"
                )
            job = _job(definition, detail)
            extras.need("worker", "an evaluation")
            opened = client.open_test(study, detail.number)
            metrics = json.loads(_start("hpsearch_workers.evaluate", ["--study-json", "-"], job))["metrics"]
            record = client.record_test(study, opened.id, metrics)
        else:
            output.note("It was tested before; the test data stays sealed, this is what was recorded.")
    _show_test(record, as_json=as_json)


def refit(
    study: StudyName,
    trial: Number = None,
    save: Save = None,
    server: Server = None,
    as_json: Json = False,
) -> None:
    """Train the best trial's configuration on all data but the test data.

    It trains one network for as many epochs as were best in the search, with repeats or folds for as many as were best on average; a model of
    your own too, from its module in the current folder. The weights are kept; those of a study with folds, whose trials keep none, are what
    `study test` tests and `study best --save` saves.
    """
    with connect(server) as client:
        definition = client.get_study(study).definition
        detail = client.get_trial(study, trial) if trial is not None else _best(client, study, "a refit")
    job = _refit_job(definition, detail)
    epochs = job["checkpoint"]["step"]
    extras.need("worker", "a refit")
    _check_folder(save)
    output.note(f"Training trial {detail.number} on all data but the test data, epochs: {epochs}.")
    metrics = json.loads(_start("hpsearch_workers.refit", [], job))["metrics"]
    if save is not None:
        _save(job, save, detail.number)
    if as_json:
        output.document({"trial": detail.number, "checkpoint": job["checkpoint"], "metrics": metrics})
        return
    output.line(f"trial {detail.number} on all data but the test data, after {epochs} epochs")
    output.fields([(name, formats.value(found)) for name, found in metrics.items()], indent="  ")


def _best(client: "Client", study: str, what: str) -> "TrialDetail":
    trials = client.best(study).trials
    if not trials:
        raise TrialNotFound(f"{study} has no completed trial.")
    return client.get_trial(study, _only(trials, what).number)


def _only(trials: "list[Any]", what: str) -> Any:
    if len(trials) > 1:
        numbers = ", ".join(str(trial.number) for trial in trials)
        raise InvalidInput(f"{what} needs one trial; the study has several objectives, and {numbers} on its front.")
    return trials[0]


def _tested(client: "Client", study: str, trial: int) -> "TestRecord | None":
    """The newest record of this trial that has a result."""
    records = [record for record in client.list_tests(study) if record.trial == trial and record.metrics is not None]
    return records[-1] if records else None


def _job(study: "Study", trial: "TrialDetail") -> dict[str, Any]:
    """What an evaluation needs to know: the weights of the trial, else those of its refit; raises CheckpointNotFound where neither were kept."""
    from hpsearch.settings import load

    if trial.checkpoint is not None:
        return _configuration(study, trial) | {"checkpoint": trial.checkpoint.model_dump()}
    job = _refit_job(study, trial)
    if not (load().checkpoints / job["checkpoint"]["ref"]).is_dir():
        raise CheckpointNotFound(
            f"No weights of trial {trial.number} were kept; train it once more: hpsearch study refit {study.name} --trial {trial.number}"
        )
    return job


def _refit_job(study: "Study", trial: "TrialDetail") -> dict[str, Any]:
    """What a refit needs to know. Its place follows from what is trained: a study that gets the name of a deleted one finds none of its weights."""
    from hpsearch.trial import TrialState

    if trial.state is not TrialState.COMPLETED:
        raise Conflict(
            f"Trial {trial.number} is {trial.state.value}; only a completed trial can be trained on all data."
        )
    found = trial.metrics.get("best_epoch", trial.best_step)
    if found is None:
        raise Conflict(f"Trial {trial.number} has no best epoch.")
    epochs = max(1, int(found + 0.5))
    job = _configuration(study, trial)
    digest = sha256(json.dumps([job, epochs], sort_keys=True).encode()).hexdigest()[:12]
    return job | {"checkpoint": {"ref": f"{study.name}/{trial.number}-refit-{digest}", "step": epochs}}


def _is_builtin(objective: str) -> bool:
    return ":" not in objective


def _configuration(study: "Study", trial: "TrialDetail") -> dict[str, Any]:
    return {"objective": study.objective, "settings": study.settings, "params": trial.params, "seed": trial.seed}


def _save(job: dict[str, Any], folder: Path, number: int) -> None:
    extras.need("worker", "writing weights")
    _check_folder(folder)
    _start("hpsearch_workers.export", ["--out", str(folder)], job)
    output.note(f"Wrote trial {number} to {folder}.")


def _check_folder(folder: Path | None) -> None:
    if folder is not None and folder.exists() and not folder.is_dir():
        raise InvalidInput.at("--save", f"{folder} is a file; name a folder")


def _start(module: str, arguments: list[str], job: dict[str, Any]) -> str:
    """What a program of ours writes for this job; its last words become the error where it fails."""
    command = python(module, safe_path=_is_builtin(job["objective"])) + arguments
    done = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()[-1:]
        kind = _REFUSALS.get(done.returncode, HpsearchError)
        raise kind(said[0] if said else f"{module} ended with exit code {done.returncode}.")
    return done.stdout


def _show_test(record: "TestRecord", *, as_json: bool) -> None:
    if as_json:
        output.model(record)
        return
    output.line(f"trial {record.trial} on the test data, asked for by {record.who} at {formats.time(record.at)}")
    output.fields([(name, formats.value(found)) for name, found in (record.metrics or {}).items()], indent="  ")
