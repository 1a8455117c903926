import numpy as np
import pytest
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import TPESampler
from optuna.samplers._tpe import _truncnorm
from optuna.samplers._tpe.parzen_estimator import _ParzenEstimator

from hpsearch.samplers.density import BLOCK, _log_mass, log_density

KINDS: dict[str, BaseDistribution] = {
    "unit": FloatDistribution(0.0, 1.0),
    "far": FloatDistribution(1e8, 1e8 + 1.0),
    "tiny": FloatDistribution(1e-300, 2e-300),
    "log": FloatDistribution(1e-9, 1e9, log=True),
    "count": IntDistribution(0, 30),
    "log count": IntDistribution(1, 1000, log=True),
    "kind": CategoricalDistribution((0, 1, 2, 3)),
}


def estimator(space: dict[str, BaseDistribution], kernels: int) -> _ParzenEstimator:
    parameters = TPESampler()._parzen_estimator_parameters
    prior = _ParzenEstimator({name: np.array([]) for name in space}, space, parameters)
    return _ParzenEstimator(prior.sample(np.random.RandomState(1), kernels), space, parameters)


@pytest.mark.parametrize("kernels", [0, 1, 30, BLOCK, BLOCK + 1])
@pytest.mark.parametrize(
    "names", [[name] for name in KINDS] + [list(KINDS), ["unit", "kind"], ["count", "log"]], ids=str
)
def test_it_is_optunas_density(names, kernels):
    mixture = estimator({name: KINDS[name] for name in names}, kernels)
    points = mixture.sample(np.random.RandomState(2), 24)
    expected = mixture.log_pdf(points)
    found = log_density(mixture._mixture_distribution, np.array([points[name] for name in names]).T)
    counted = any("count" in name for name in names)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-4 if counted else 1e-9)


def test_masses_are_right_in_the_middle_and_in_the_tails():
    random = np.random.default_rng(3)
    middle, width = random.uniform(-60, 60, 20_000), 10 ** random.uniform(-2.5, 1.5, 20_000)
    low, high = middle - width / 2, middle + width / 2
    assert _log_mass(low, high) == pytest.approx(_truncnorm._log_gauss_mass(low, high), rel=0, abs=1e-4)
