"""Studies of Optuna's, brought in to a real server."""

import math

import optuna
import pytest
from optuna.trial import TrialState

from hpsearch.errors import Conflict, InvalidInput, StudyExists
from hpsearch.optuna import from_study, replay, to_study
from hpsearch.wire.verbs import Ask, TellItem

optuna.logging.set_verbosity(optuna.logging.CRITICAL)


def objective(trial):
    x = trial.suggest_float("x", 1e-3, 1.0, log=True)
    depth = trial.suggest_int("depth", 1, 3)
    kind = trial.suggest_categorical("kind", ["plain", "gated", None])
    gate = trial.suggest_float("gate", 0.0, 1.0, step=0.25) if kind == "gated" else 0.0
    trial.set_user_attr("accuracy", 1.0 - x)
    trial.set_user_attr("note", {"text": "kept", "bad": math.nan})
    for step in range(3):
        trial.report(x + depth + step, step)
        if trial.number % 4 == 3:
            raise optuna.TrialPruned
    if trial.number % 10 == 2:
        raise RuntimeError
    return math.inf if trial.number == 20 else x * depth + gate


def searched(trials=40, name="from-optuna", seed=1):
    study = optuna.create_study(study_name=name, sampler=optuna.samplers.RandomSampler(seed))
    study.optimize(objective, n_trials=trials, catch=RuntimeError)
    study.enqueue_trial({"x": 0.5})
    return study


def brought(study):
    return [trial for trial in study.trials if trial.state in (TrialState.COMPLETE, TrialState.PRUNED)]


def test_finished_trials_are_brought_in(place):
    study = searched()
    seen = []
    done = from_study(study, "brought", place.client, progress=lambda now, total: seen.append((now, total)))
    states = [trial.state for trial in study.trials]
    assert done.completed == states.count(TrialState.COMPLETE) - 1
    assert done.pruned == states.count(TrialState.PRUNED)
    assert (done.diverged, done.already) == (1, 0)
    assert done.left_out == {"fail": states.count(TrialState.FAIL), "waiting": 1}
    assert seen[-1] == (len(brought(study)), len(brought(study)))
    ours = {
        place.client.artifact("brought", trial.number, "optuna")["number"]: trial
        for trial in place.client.list_trials("brought")
    }
    assert list(ours) == [trial.number for trial in brought(study)]
    for theirs in brought(study):
        mine = ours[theirs.number]
        assert mine.params == theirs.params
        reports = {report.step: report.value for report in place.client.reports("brought", mine.number)}
        assert reports == theirs.intermediate_values
        assert mine.metrics == ({} if theirs.number == 20 else {"accuracy": theirs.user_attrs["accuracy"]})
        if theirs.number == 20:
            assert (mine.state.value, mine.error.reason) == ("failed", "diverged")
        else:
            assert mine.state.value == {"COMPLETE": "completed", "PRUNED": "pruned"}[theirs.state.name]
            assert mine.values == theirs.values
    origin = place.client.artifact("brought", 0, "optuna")
    assert origin["user_attrs"]["note"] == {"text": "kept", "bad": "NaN"}
    assert origin["datetime_start"] == study.trials[0].datetime_start.isoformat()


def test_the_space_is_that_of_the_distributions(place):
    from_study(searched(name="spaced"), client=place.client)
    space = place.client.get_study("spaced").definition.space
    assert {name: space[name].model_dump(exclude_defaults=True) for name in space} == {
        "x": {"type": "float", "low": 1e-3, "high": 1.0, "log": True},
        "depth": {"type": "int", "low": 1, "high": 3},
        "kind": {"type": "categorical", "choices": ("plain", "gated", None)},
        "gate": {"type": "float", "low": 0.0, "high": 1.0, "step": 0.25, "when": {"kind": ("gated",)}},
    }


def test_it_is_over_afterwards_without_a_budget(place):
    from_study(searched(name="over"), client=place.client)
    view = place.client.get_study("over")
    assert view.state.value == "finished"
    assert view.counts.total == view.definition.budget.max_trials == len(brought(searched()))


def test_the_search_can_go_on(place):
    study = searched(name="goes-on")
    from_study(
        study, None, place.client, objective="m:f", sampler={"name": "tpe", "seed": 3}, budget={"max_trials": 50}
    )
    view = place.client.get_study("goes-on")
    assert (view.state.value, view.definition.budget.max_trials, view.seed) == ("active", 50, 3)
    asked = place.client.ask(Ask(worker="w", request_id="goes-on", studies=("goes-on",)))
    assert asked.leases[0].trial == view.counts.total


def test_a_grid_goes_on_with_the_points_that_are_left(place):
    study = optuna.create_study(study_name="grid")
    for x in (0, 3, 3):
        study.enqueue_trial({"x": x})
    study.optimize(lambda trial: trial.suggest_int("x", 0, 4), n_trials=3)
    assert from_study(study, client=place.client, sampler={"name": "grid"}, budget={"max_trials": 20}).completed == 3
    asked = place.client.ask(Ask(worker="w", request_id="grid", count=20, studies=("grid",)))
    assert [lease.params["x"] for lease in asked.leases] == [1, 2, 4]


def test_a_grown_study_whose_space_reads_otherwise_says_what_to_do(place):
    study = optuna.create_study(study_name="reads-otherwise")
    study.enqueue_trial({"kind": "a"})
    study.enqueue_trial({"kind": "b"})
    study.enqueue_trial({"kind": "c"})

    def two(trial):
        kind = trial.suggest_categorical("kind", ["a", "b", "c"])
        return trial.suggest_float("x", 0, 1) if kind != "a" else 0.0

    study.optimize(two, n_trials=2)
    from_study(study, client=place.client)
    study.optimize(two, n_trials=1)
    with pytest.raises(StudyExists, match="give its `space`"):
        from_study(study, client=place.client)


def test_the_same_again_changes_nothing(place):
    study = searched(name="again")
    from_study(study, client=place.client)
    before = place.client.get_study("again")
    done = from_study(study, client=place.client)
    assert (done.completed, done.pruned, done.already) == (0, 0, len(brought(study)))
    assert place.client.get_study("again") == before


def test_what_was_added_meanwhile_is_brought_in(place):
    study = searched(name="grows")
    first = from_study(study, client=place.client)
    known = len(brought(study))
    study.optimize(objective, n_trials=10, catch=RuntimeError)
    second = from_study(study, client=place.client)
    assert second.already == known
    assert second.completed + second.pruned == len(brought(study)) - known
    assert first.completed + second.completed == place.client.get_study("grows").counts.completed


def test_an_interruption_loses_nothing(place, monkeypatch):
    study = searched(name="interrupted")
    tell = place.client.tell

    def interrupted(items):
        if items and items[0].state == "completed":
            tell(items[:5])
            raise KeyboardInterrupt
        return tell(items)

    monkeypatch.setattr(place.client, "tell", interrupted)
    with pytest.raises(KeyboardInterrupt):
        from_study(study, client=place.client)
    monkeypatch.undo()
    assert place.client.get_study("interrupted").counts.running == 0
    done = from_study(study, client=place.client)
    assert done.already == 5
    counts = place.client.get_study("interrupted").counts
    assert counts.completed == done.completed + 5
    assert counts.total == counts.final == len(brought(study))


def test_one_that_was_killed_is_waited_for(short_leases):
    client = short_leases.client
    study = searched(trials=6, name="killed")
    from_study(study, client=client)
    study.optimize(objective, n_trials=3)
    view = client.extend("killed", max_trials=len(brought(study)))
    late = brought(study)[view.counts.total :]
    for trial in late:
        client.enqueue("killed", trial.params, request_id=f"optuna-{trial.number}")
    asked = client.ask(Ask(worker="import", request_id="killed", count=10, studies=("killed",)))
    assert len(asked.leases) == len(late)
    done = from_study(study, client=client)
    assert done.completed + done.pruned == len(late)
    short_leases.processes.verify(f"sqlite:///{short_leases.database}")


def test_others_who_hold_a_trial_are_named(place, monkeypatch):
    for name in ("WAIT_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(replay, name, -1e6 if name == "PATIENCE_SECONDS" else 0.0)
    study = searched(trials=3, name="held")
    from_study(study, client=place.client)
    study.add_trial(study.trials[0])
    place.client.extend("held", max_trials=len(brought(study)))
    number = place.client.enqueue("held", study.trials[0].params, request_id=f"optuna-{study.trials[-1].number}").number
    lease = place.client.ask(Ask(worker="other", request_id="held", studies=("held",))).leases[0]
    assert lease.trial == number
    with pytest.raises(Conflict, match="other workers"):
        from_study(study, client=place.client)
    told = place.client.tell([TellItem(lease=lease.lease, state="completed", values=(1.0,))])
    assert told[0].accepted
    assert from_study(study, client=place.client).already == len(brought(study))


def test_a_trial_that_another_worker_ends_meanwhile_counts_as_ended(place, monkeypatch):
    study = searched(trials=2, name="ended")
    from_study(study, client=place.client)
    study.add_trial(study.trials[0])
    place.client.extend("ended", max_trials=3)
    place.client.enqueue("ended", study.trials[0].params, request_id=f"optuna-{study.trials[-1].number}")
    lease = place.client.ask(Ask(worker="other", request_id="ended", studies=("ended",))).leases[0].lease
    ask = place.client.ask

    def after_the_other(body):
        place.client.tell([TellItem(lease=lease, state="completed", values=(1.0,))])
        return ask(body)

    monkeypatch.setattr(place.client, "ask", after_the_other)
    assert from_study(study, client=place.client).already == len(brought(study))


def test_nobody_else_is_stopped_for_a_pruned_trial(place):
    study = searched(trials=6, name="shared")
    from_study(study, client=place.client, budget={"max_trials": 10})
    other = place.client.ask(Ask(worker="other", request_id="shared", studies=("shared",))).leases[0].lease
    study.add_trial(next(trial for trial in study.trials if trial.state is TrialState.PRUNED))
    with pytest.raises(Conflict, match="others work on shared"):
        from_study(study, client=place.client)
    renewed = place.client.renew("other", [other])
    assert renewed.items[0].decision.value == "continue"
    assert place.client.tell([TellItem(lease=other, state="completed", values=(1.0,))])[0].accepted


def test_several_objectives(place):
    study = optuna.create_study(study_name="two", directions=["minimize", "maximize"])
    study.optimize(lambda trial: (trial.suggest_float("x", 0, 1), trial.suggest_int("n", 0, 9)), n_trials=8)
    assert from_study(study, client=place.client).completed == 8
    assert [trial.values for trial in place.client.list_trials("two")] == [trial.values for trial in study.trials]
    assert place.client.get_study("two").definition.metric == ("value_0", "value_1")


def test_there_and_back(place):
    name = place.search(trials=30)
    study = to_study(name, place.client, reports=True)
    done = from_study(study, f"{name}-back", place.client, sampler={"name": "random"})
    before, after = (place.client.get_study(one).counts for one in (name, f"{name}-back"))
    assert (done.completed, done.pruned) == (before.completed, before.pruned) == (after.completed, after.pruned)
    back = to_study(f"{name}-back", place.client)
    assert [trial.params for trial in brought(back)] == [trial.params for trial in brought(study)]
    assert [trial.values for trial in brought(back)] == [trial.values for trial in brought(study)]
    assert back.best_value == study.best_value


def test_a_name_that_is_taken(place):
    name = place.search(trials=2)
    with pytest.raises(StudyExists):
        from_study(searched(trials=3), name, place.client)


def test_nothing_is_created_for_what_does_not_fit(place):
    before = [view.name for view in place.client.list_studies()]
    with pytest.raises(InvalidInput, match=r"trials\[0\]\.params\.x"):
        from_study(searched(trials=1), "bad", place.client, space={"x": {"type": "int", "low": 0, "high": 1}})
    with pytest.raises(InvalidInput, match=r"budget\.max_trials"):
        from_study(searched(trials=3), "bad", place.client, budget={"max_trials": 1})
    with pytest.raises(InvalidInput, match="name"):
        from_study(searched(trials=1, name="no name"), None, place.client)
    assert [view.name for view in place.client.list_studies()] == before


def test_the_accounts_balance(place):
    from_study(searched(name="balanced"), client=place.client)
    place.processes.verify(f"sqlite:///{place.database}")
