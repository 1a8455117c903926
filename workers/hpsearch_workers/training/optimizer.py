"""optax's optimizers with traced hyperparameters: built anew inside the traced step, so that their state is only moments."""

import jax
import jax.numpy as jnp
import optax

from hpsearch.objectives import Signature
from hpsearch_workers.training.hyper import Hyper

Params = dict[str, jax.Array]
"""Arrays by path: `layers.0.kernel`, `layers.0.bias` ..."""


def is_weight(path: str) -> bool:
    """Whether decay and penalties apply: to weights, not to biases and normalisation."""
    return path.endswith("kernel")


def penalty(signature: Signature, hyper: Hyper, params: Params) -> jax.Array | float:
    """What l1 and l2 add to the training loss; weights that are 0 have no gradient of it and stay 0."""
    weights = [array for path, array in params.items() if is_weight(path)]
    # jax.grad of the absolute value is 1 at 0.
    first = hyper.l1 * sum(jnp.sum(array * jnp.sign(array)) for array in weights) if "l1" in signature.options else 0.0
    second = hyper.l2 / 2 * sum(jnp.sum(array**2) for array in weights) if "l2" in signature.options else 0.0
    return first + second


def optimizer(signature: Signature, hyper: Hyper, rate: jax.Array) -> optax.GradientTransformation:
    """Clipping, the optimizer's scaling, decoupled weight decay, and a step of the learning rate `rate`."""
    parts = []
    if "clip_value" in signature.options:
        parts.append(optax.clip(hyper.clip_value))
    if "clip_norm" in signature.options:
        parts.append(optax.clip_by_global_norm(hyper.clip_norm))
    parts.append(_scaling(signature, hyper))
    if "weight_decay" in signature.options:
        parts.append(
            optax.add_decayed_weights(hyper.weight_decay, mask=lambda tree: {path: is_weight(path) for path in tree})
        )
    return optax.chain(*parts, optax.scale_by_learning_rate(rate))


def _scaling(signature: Signature, hyper: Hyper) -> optax.GradientTransformation:
    match signature.optimizer:
        case "sgd":  # without momentum its factor is 0
            return optax.trace(hyper.momentum, nesterov=signature.nesterov)
        case "adagrad":
            return optax.scale_by_rss(eps=hyper.eps)
        case "adadelta":
            return optax.scale_by_adadelta(hyper.rho, hyper.eps)
        case "rmsprop":
            return optax.scale_by_rms(hyper.decay, hyper.eps)
        case "adamax":
            return optax.scale_by_adamax(hyper.b1, hyper.b2, hyper.eps)
        case _:  # adam, adamw, nadam
            return optax.scale_by_adam(hyper.b1, hyper.b2, hyper.eps, nesterov=signature.optimizer == "nadam")
