"""What users' objectives may prepare wrongly is named; what they may prepare otherwise is taken."""

from dataclasses import dataclass, field, replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from populations import DATA, Crew, Line, data, engine, finish, trial

from hpsearch.errors import InvalidInput, InvalidSettings
from hpsearch.wire.verbs import Lease, Work
from hpsearch_workers.agent.channel import Ended, Run
from hpsearch_workers.checkpoints import BestWeights
from hpsearch_workers.lanes import LaneRunner
from hpsearch_workers.population.contract import Contract
from hpsearch_workers.population.network import Data
from hpsearch_workers.population.trial import Trial


class Plain(Line):
    """Equal to others of its kind by inheritance, but shows no more than an address."""

    __repr__ = object.__repr__


@dataclass(frozen=True, eq=False)
class Lonely(Line):
    __hash__ = object.__hash__
    __eq__ = object.__eq__


@dataclass(frozen=True)
class Listed(Line):
    widths: list = field(default_factory=list)


@dataclass(frozen=True)
class Functional(Line):
    function: object = len
    other: object = data


class Half:
    def init(self, key, hyper):
        return {}, {}


def checked(contract=None, number=0, **fields):
    """What becomes of a training that is right but for these fields."""
    run = trial(number)
    return (contract or Contract()).checked(replace(run.training, **fields), run.run)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"network": Line}, "must be an instance, not the class Line"),
        ({"network": Half()}, "the network, Half, has no function `step`"),
        ({"network": Listed()}, r"Listed, must be hashable \(unhashable type: 'list'\); make it a frozen dataclass"),
        ({"network": Plain()}, "`repr` of the network, <.*Plain object at 0x.*>, names its programs"),
        ({"network": Functional()}, r"`repr` .*function data at 0x.*names where one is a function"),
        ({"network": Lonely()}, "Lonely, equals none but itself"),
        ({"hyper": {"rate": np.float32(1), "kind": "adam"}}, "`hyper` has 'adam' as 'kind': numbers only"),
        ({"hyper": {"rate": [1.0, object()]}}, "as 'rate.1': numbers only"),
        ({"data": (1, 2)}, r"`data` must be Data, got \(1, 2\)"),
        ({"data": Data(([1.0], [2.0]), DATA.train, DATA.validation)}, "data.samples.0.0 must be an array of numbers"),
        ({"data": Data(np.array(["a"]), DATA.train, DATA.validation)}, "data.samples must be an array of numbers"),
        ({"data": Data((), DATA.train, DATA.validation)}, "got none"),
        (
            {"data": Data((np.ones(3), np.ones(4)), DATA.train, DATA.validation)},
            r"as many samples each, got \{'data.samples.0': 3, 'data.samples.1': 4\}",
        ),
        ({"data": replace(DATA, train=DATA.train[0])}, r"data.train must be rows .* of shape \(folds, n\)"),
        ({"data": replace(DATA, train=DATA.train * 0.5)}, "data.train must be rows"),
        ({"data": replace(DATA, train=DATA.train + 7)}, "data.train must be rows from 0 to 15, or -1; got 7 to 16"),
        ({"data": replace(DATA, validation=DATA.validation - 12)}, "data.validation must be rows .* got -2 to 3"),
        ({"data": replace(DATA, validation=DATA.validation[:, :0])}, "data.validation has no rows"),
        ({"data": replace(DATA, validation=DATA.validation * 0 - 1)}, "data.validation has no rows"),
        ({"data": replace(DATA, train=data(folds=2).train)}, "data.train has 2 folds, data.validation 1"),
    ],
)
def test_what_is_wrong_in_every_trial_is_a_fault_of_the_objective(fields, said):
    with pytest.raises(InvalidSettings, match=said) as found:
        checked(**fields)
    assert found.value.fields[0].field == "objective"


def test_what_is_no_training_is_named():
    with pytest.raises(InvalidSettings, match="must return a Training, and returned None"):
        Contract().checked(None, trial().run)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"batch": 11}, "batch: must be at most 10, the samples that train; got 11"),
        ({"batch": 0}, "batch: must be a whole number from 1, got 0"),
        ({"max_epochs": 2.0}, "max_epochs: must be a whole number from 1, got 2.0"),
        ({"max_epochs": 2**31}, "max_epochs: must be a whole number"),
        ({"patience": 0}, "patience: must be a whole number"),
        ({"repeats": None}, "repeats: must be a whole number from 1, got None"),
        ({"evaluation_batch": -1}, "evaluation_batch: must be"),
        ({"min_delta": float("nan")}, "min_delta: must be a number from 0, got nan"),
        ({"hyper": {"rate": 0.1, "seed": np.int64(2**40)}}, "hyper.seed: must fit int32"),
        (
            {"data": Data(np.array([1, 2**40]), np.array([[0]]), np.array([[1]])), "batch": 1},
            "data.samples: must fit int32",
        ),
    ],
)
def test_what_may_be_one_trials_fault_is_named(fields, said):
    with pytest.raises(InvalidInput, match=said) as found:
        checked(**fields)
    assert not isinstance(found.value, InvalidSettings)


def test_numbers_become_arrays_of_32_bits():
    given = {"rate": 1, "noise": 0.5, "wide": np.float64(0.1), "count": np.int64(3), "is_so": True, "list": [1e40]}
    found = checked(hyper=given).hyper
    assert {name: np.asarray(value).dtype.name for name, value in found.items()} == {
        "rate": "float32",
        "noise": "float32",
        "wide": "float32",
        "count": "int32",
        "is_so": "bool",
        "list": "float32",
    }
    assert np.isinf(found["list"][0])


def test_whole_numbers_are_pythons():
    """NumPy's show themselves otherwise, and the program would have another name."""
    found = checked(batch=np.int64(4), patience=np.int32(2))
    assert repr((found.batch, found.patience)) == "(4, 2)"


def test_trials_of_a_network_have_the_same_numbers():
    contract = Contract()
    checked(contract, 3)
    checked(contract, 4, hyper={"rate": 1, "noise": 2})
    with pytest.raises(InvalidSettings, match=r"`noise` is missing, not .* float32 as in trial 3"):
        checked(contract, 5, hyper={"rate": 1.0})
    with pytest.raises(InvalidSettings, match=r"`rate` is \(2,\) float32, not \(\) float32 as in trial 3"):
        checked(contract, 5, hyper={"rate": np.ones(2), "noise": 2.0})
    checked(contract, 5, network=Line(1), hyper={"rate": 1.0, "noise": 0.0, "more": 1.0})


def test_a_study_that_begins_anew_has_numbers_of_its_own():
    """It has the name of one that was deleted."""
    contract = Contract()
    checked(contract, 3)
    checked(contract, 0, hyper={"rate": 1.0, "noise": 0.0, "more": 1.0})
    with pytest.raises(InvalidSettings, match="`more` is missing"):
        checked(contract, 1)


def test_equal_data_is_one_object_and_other_data_is_not():
    contract = Contract()
    first = checked(contract)
    again = checked(contract, data=data())
    assert first.data is again.data is DATA
    assert checked(contract, data=data(seed=1)).data is not DATA
    rolled = replace(DATA, train=np.roll(DATA.train, 1))
    assert checked(contract, data=rolled).data is rolled


def test_data_that_nobody_has_is_forgotten():
    contract = Contract()
    checked(contract, data=data(seed=2))
    assert len(contract._shared) == 0


def test_what_is_checked_trains():
    """Also with rows of 64 bits, data of each trial's own, and JAX's arrays."""
    contract, crew = Contract(), Crew()
    running = engine(crew)
    for number in range(3):
        own = replace(data(), train=DATA.train.astype(np.int64), samples=jax.tree.map(jnp.asarray, DATA.samples))
        training = checked(contract, number, hyper={"rate": 0.05, "noise": 0}, data=own)
        running.add(Trial(str(number), trial(number).run, training), None, None)
    finish(running)
    assert sorted(crew.ended) == [0, 1, 2]
    assert max(busy for _, _, busy in crew.rooms) == 3


class Link:
    """A supervisor that only listens."""

    def __init__(self):
        self.ended = {}

    def tell(self, event):
        if isinstance(event, Ended):
            self.ended[event.item.lease] = event.item

    def decision(self, lease):
        return None


class Sometimes:
    """An objective whose trials are right, or have a batch or a network that cannot be."""

    def prepare(self, run):
        wrong = run.params or {"network": Line}
        return replace(trial(run.number).training, **wrong)

    def weights(self, training, weights):
        return weights


def test_a_worker_tells_what_is_wrong_and_trains_the_others(tmp_path):
    link = Link()
    runner = LaneRunner(link, BestWeights(tmp_path, 0), tmp_path, lambda *_: 4, 60.0)
    for name, params in {"fits": {"batch": 4}, "too much": {"batch": 40}, "a class": {}}.items():
        lease = Lease(lease=name, study="s", trial=0, attempt=1, params=params, seed=1)
        work = Work(objective="m:Sometimes", settings={}, metric="val_loss", direction="minimize")
        runner.prepared(Sometimes(), Run(lease=lease, work=work))()
    while not runner.is_idle:
        runner.work()
    assert link.ended["fits"].state == "completed"
    assert link.ended["too much"].error.reason == "invalid_parameters"
    assert "batch: must be at most 10" in link.ended["too much"].error.message
    assert link.ended["a class"].error.reason == "invalid_settings"
    assert "objective: the network must be an instance" in link.ended["a class"].error.message
