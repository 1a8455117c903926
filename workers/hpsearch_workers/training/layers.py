"""Layers as pure functions of arrays, and the one place that chooses an implementation by the kind of device."""

from functools import reduce

import jax
import jax.numpy as jnp
from jax.extend.random import threefry_2x32


def masked(values: jax.Array, width: jax.Array) -> jax.Array:
    """The first `width` (traced) of the last axis as they are, and 0 beyond; so are the gradients, whatever the values there."""
    return jnp.where(jnp.arange(values.shape[-1]) < width, values, 0.0)


def dropout(key: jax.Array, inputs: jax.Array, rate: jax.Array) -> jax.Array:
    """Drops a share `rate` (traced) of the inputs and scales the rest, so that the mean stays; flax's needs a number known to the compiler.

    The rate is rounded to a multiple of 2**-16. `key` is a threefry key.
    """
    dropped = jnp.clip(jnp.round(rate * _LEVELS), 0, _LEVELS - 1)
    kept = (_sixteen_bits(key, inputs.size) >= dropped.astype(jnp.uint16)).reshape(inputs.shape)
    return jnp.where(kept, inputs * (_LEVELS / (_LEVELS - dropped)), 0.0)


_LEVELS = 2.0**16


def _sixteen_bits(key: jax.Array, count: int) -> jax.Array:
    """Random numbers (count,) uint16. Four of a block of threefry: jax.random takes a block for each number, which costs as much as the layer."""
    words = -(-count // 4) * 2
    drawn = threefry_2x32(jax.random.key_data(key), jnp.arange(words, dtype=jnp.uint32))
    return jax.lax.bitcast_convert_type(drawn, jnp.uint16).reshape(-1)[:count]


def convolve(inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """Cross-correlation of images (n, height, width, channels) with a kernel (height, width, channels, filters), borders padded with 0."""
    return shifted(inputs, kernel) if jax.default_backend() == "cpu" else native(inputs, kernel)


def native(inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """As XLA has it."""
    return jax.lax.conv_general_dilated(inputs, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


def shifted(inputs: jax.Array, kernel: jax.Array) -> jax.Array:
    """As shifted slices and one matrix product.

    On CPU and in the loop of a training, the gradients of XLA's convolutions take more than ten times as long, and worse under vmap
    (benchmarks/convolutions.py).
    """
    rows, columns, channels, filters = kernel.shape
    _, height, width, _ = inputs.shape
    padded = jnp.pad(inputs, ((0, 0), _border(rows), _border(columns), (0, 0)))
    slices = [
        padded[:, row : row + height, column : column + width] for row in range(rows) for column in range(columns)
    ]
    return jnp.concatenate(slices, axis=-1) @ kernel.reshape(rows * columns * channels, filters)


def _border(size: int) -> tuple[int, int]:
    return (size - 1) // 2, size // 2


def max_pool(inputs: jax.Array, size: int) -> jax.Array:
    """The greatest value of each square of `size` pixels of images (n, height, width, channels); incomplete squares are left out.

    Its gradient goes to the first greatest pixel. That of `max` divides by the number of pixels equal to the greatest, which is 0 where
    XLA computes them anew and rounds otherwise (seen: NaN).
    """
    count, height, width, channels = inputs.shape
    rows, columns = height // size, width // size
    squares = inputs[:, : rows * size, : columns * size].reshape(count, rows, size, columns, size, channels)
    of_columns = reduce(_greater, (squares[:, :, row] for row in range(size)))
    return reduce(_greater, (of_columns[:, :, :, column] for column in range(size)))


def _greater(first: jax.Array, second: jax.Array) -> jax.Array:
    return jnp.where(first < second, second, first)
