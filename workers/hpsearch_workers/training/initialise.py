"""Initial weights: jax.nn.initializers' distributions with a traced choice, so that an initializer is no program of its own."""

import math

import jax
import jax.numpy as jnp

INITIALIZERS = (
    "normal",
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_uniform",
    "lecun_normal",
)
Count = int | jax.Array
_TRUNCATED_STDDEV = 0.87962566103423978
"""Standard deviation of a standard normal distribution cut at -2 and 2."""


def draws(key: jax.Array, count: int) -> jax.Array:
    """Numbers (count,) uniform in (-1, 1) for all weights of a network."""
    return jax.random.uniform(key, (count,), minval=jnp.nextafter(jnp.float32(-1), jnp.float32(0)))


def initial(
    units: jax.Array, shape: tuple[int, ...], used: tuple[Count, Count], initializer: jax.Array, stddev: jax.Array
) -> jax.Array:
    """Weights of this shape (..., inputs, outputs) from as many draws `units`, as spread as in a layer of the `used` inputs and outputs.

    `initializer` is a place in INITIALIZERS; `stddev` is that of `normal`. The others are uniform, or normal cut at two standard deviations.
    """
    field = math.prod(shape[:-2])
    fan_in, fan_out = (count * field for count in used)
    glorot, he, lecun = 2 / (fan_in + fan_out), 2 / fan_in, 1 / fan_in
    spread = jnp.sqrt(jnp.array([0.0, glorot, glorot, he, he, lecun, lecun], jnp.float32))[initializer]
    uniform = jnp.array([False, True, False, True, False, True, False])[initializer]
    # The inverse of the normal distribution; cut at 2 by never coming near the ends of (-1, 1).
    within = jnp.where(initializer == 0, 1.0, math.erf(2 / math.sqrt(2)))
    normal = math.sqrt(2) * jax.lax.erf_inv(within * units)
    factor = jnp.where(initializer == 0, stddev, spread / _TRUNCATED_STDDEV)
    return jnp.where(uniform, spread * math.sqrt(3) * units, factor * normal).reshape(shape)
