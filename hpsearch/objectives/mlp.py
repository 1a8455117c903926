"""Settings of `flax/mlp`: a multi-layer perceptron that classifies."""

from hpsearch.objectives.network import NetworkSettings


class MlpSettings(NetworkSettings):
    """Settings of `flax/mlp`; images are flattened."""
