"""Trains a configuration on all samples but the test data: `python -m hpsearch_workers.refit`.

Reads a job (hpsearch_workers.job) on standard input, whose checkpoint says where the weights go and for how many epochs to train, and writes
{"metrics": {"train_loss": ..., "train_accuracy": ...}}, those of the last epoch.
"""

import argparse
import json
import sys
from dataclasses import replace
from typing import Any

import jax

from hpsearch import settings
from hpsearch.errors import HpsearchError, InvalidInput
from hpsearch.study import Direction
from hpsearch_workers.checkpoints import save
from hpsearch_workers.job import Job, main, read
from hpsearch_workers.objective import TrialRun
from hpsearch_workers.objectives import load_objective
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.engine import trainer_of
from hpsearch_workers.population.lane import Samples
from hpsearch_workers.population.network import PopulationObjective, Training, Tree
from hpsearch_workers.population.population import Population
from hpsearch_workers.population.program import program
from hpsearch_workers.population.trial import Metrics, Trial
from hpsearch_workers.training import FlaxObjective


def refit(job: Job, options: settings.Settings) -> Metrics:
    """Trains and stores the weights; raises InvalidSettings, InvalidInput, OSError, and HpsearchError when the training diverges."""
    if job.checkpoint.step < 1:
        raise InvalidInput.at("checkpoint.step", f"must be at least 1, the epochs to train; got {job.checkpoint.step}")
    folder = job.folder(options.checkpoints)
    run = TrialRun(
        study="",
        objective=job.objective,
        number=0,
        attempt=1,
        params=job.params,
        settings=job.settings,
        seed=job.seed,
        metric="train_loss",
        direction=Direction.MINIMIZE,
        reporter=lambda *_: None,
    )
    objective: Any = load_objective(job.objective)
    if not hasattr(objective, "prepare"):
        raise InvalidInput.at("objective", f"{job.objective} is a function; only what trains in lanes can be refitted")
    trial = Trial("", run, _prepared(objective, run, job.checkpoint.step))
    weights, metrics = _train(trial)
    save(folder, objective.weights(trial.training, weights))
    return {name: value for name, value in metrics.items() if name.startswith("train_")}  # nothing validated


def _prepared(objective: PopulationObjective, run: TrialRun, epochs: int) -> Training:
    """One network on all samples, for so many epochs."""
    if isinstance(objective, FlaxObjective):
        return objective.prepare_refit(run, epochs)
    training = Contract().checked(objective.prepare(run), run)
    return replace(training, data=training.data.whole(), max_epochs=epochs, patience=None, repeats=1)


def _train(trial: Trial) -> tuple[Tree, Metrics]:
    """The weights after the last epoch, whatever its loss, and what it gave."""
    data = trial.training.data
    samples = jax.device_put(Samples(data.samples, data.train, data.validation))
    lane = Population(program(trainer_of(trial), 1, trial.training.hyper, samples), samples)
    lane.start([trial])
    metrics: Metrics = {}
    while trial.progress.epoch < trial.training.max_epochs:
        lane.advance(lambda: None)
        for _, epoch in lane.end_epochs():
            metrics = trial.finished_epoch(lane.program.names, epoch, 0)
        if trial.progress.diverged:
            raise HpsearchError(f"The training diverged in epoch {trial.progress.epoch}.")
    replicas = lane.read([trial])[0].state.replicas
    return jax.tree.map(lambda leaf: leaf[0], replicas.weights), metrics


def _run(arguments: list[str]) -> None:
    argparse.ArgumentParser(prog="python -m hpsearch_workers.refit", description=__doc__).parse_args(arguments)
    metrics = refit(read(sys.stdin), settings.load())
    sys.stdout.write(json.dumps({"metrics": metrics}) + "\n")


if __name__ == "__main__":
    main(_run)
