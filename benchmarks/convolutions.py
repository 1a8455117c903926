"""Convolutions and pooling, alone and in the lanes of one program: why training/layers.py has them as it has.

The two convolutions and poolings of a network conv16-pool-conv32-pool on 64 images of 28 x 28 pixels, each lane with kernels and images
of its own, on whatever device there is: milliseconds per step and lane, forward, and forward and backward. `alone` is without vmap.
Every implementation is compared with flax's before it is timed.

    python benchmarks/convolutions.py [--lanes K ...] [--seconds S] [--json]
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from statistics import median
from typing import Any, NamedTuple

os.environ["JAX_ENABLE_COMPILATION_CACHE"] = "false"

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from rich.console import Console
from rich.table import Table

from hpsearch_workers.training import layers

IMAGES, SIZE, POOL = 64, 3, 2
MOST_DIFFERENCE = 1e-4
"""Relative; rounding alone gives less."""
CONVOLVED = (((28, 28, 1), 16), ((14, 14, 16), 32))
POOLED = ((28, 28, 16), (14, 14, 32))

Arrays = tuple[jax.Array, ...]
Implementation = Callable[..., jax.Array]


def of_flax(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """nnx.Conv as its users write it."""
    module = nnx.eval_shape(lambda: nnx.Conv(*kernel.shape[2:], kernel.shape[:2], use_bias=False, rngs=nnx.Rngs(0)))
    graph, state = nnx.split(module)
    return nnx.merge(graph, jax.tree.map(lambda _: kernel, state))(images)


def bordered(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """The images with borders of 0, so that the results are as large as they are."""
    borders = [((size - 1) // 2, size // 2) for size in kernel.shape[:2]]
    return jnp.pad(images, ((0, 0), *borders, (0, 0)))


def products(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """A sum of as many matrix products as the kernel has pixels."""
    height, width = images.shape[1:3]
    padded = bordered(images, kernel)
    return sum(
        padded[:, row : row + height, column : column + width] @ kernel[row, column]
        for row, column in np.ndindex(kernel.shape[:2])
    )


def rows_of_products(images: jax.Array, kernel: jax.Array) -> jax.Array:
    """A sum of as many matrix products as the kernel has rows."""
    rows, columns, channels, filters = kernel.shape
    height, width = images.shape[1:3]
    padded = bordered(images, kernel)
    slices = jnp.concatenate([padded[:, :, column : column + width] for column in range(columns)], axis=-1)
    merged = kernel.reshape(rows, columns * channels, filters)
    return sum(slices[:, row : row + height] @ merged[row] for row in range(rows))


def squares(images: jax.Array) -> jax.Array:
    """Images (n, height, width, channels) with an axis of their own for the rows and the columns of each square."""
    count, height, width, channels = images.shape
    return images.reshape(count, height // POOL, POOL, width // POOL, POOL, channels)


def by_max(images: jax.Array) -> jax.Array:
    """The reduction XLA has; its gradient divides by the number of greatest pixels."""
    return squares(images).max(axis=(2, 4))


def by_maximum(images: jax.Array) -> jax.Array:
    """Pairwise; equal pixels share the gradient."""
    parts = squares(images)
    return reduce(jnp.maximum, (parts[:, :, row, :, column] for row in range(POOL) for column in range(POOL)))


CONVOLUTIONS: dict[str, Implementation] = {
    "flax": of_flax,
    "lax.conv": layers.native,
    "shifted slices, one product": layers.shifted,
    "shifted slices, a product a row": rows_of_products,
    "shifted slices, a product each": products,
}
POOLINGS: dict[str, Implementation] = {
    "flax": lambda images: nnx.max_pool(images, (POOL, POOL), strides=(POOL, POOL)),
    "reshape, max": by_max,
    "reshape, maximum of pairs": by_maximum,
    "reshape, where of pairs": lambda images: layers.max_pool(images, POOL),
}


class Problem(NamedTuple):
    """What implementations are compared on: arguments of each call in a step."""

    title: str
    implementations: dict[str, Implementation]
    calls: Sequence[Sequence[tuple[int, ...]]]  # shapes of the arguments
    fixed: int  # how many of the first call's arguments have no gradient


PROBLEMS = (
    Problem(
        f"convolutions {SIZE} x {SIZE}",
        CONVOLUTIONS,
        [[(IMAGES, *shape), (SIZE, SIZE, shape[2], filters)] for shape, filters in CONVOLVED],
        fixed=1,
    ),
    Problem(
        f"pooling {POOL} x {POOL}",
        POOLINGS,
        [[(IMAGES, *shape)] for shape in POOLED],
        fixed=0,
    ),
)


def arguments(problem: Problem, lanes: int | None, seed: int = 0) -> list[Arrays]:
    """Numbers at random for every call; of each lane where there are lanes."""
    random = np.random.default_rng(seed)
    head = () if lanes is None else (lanes,)
    return [
        tuple(jnp.asarray(random.normal(size=(*head, *shape)), jnp.float32) for shape in call) for call in problem.calls
    ]


def forward(problem: Problem, implementation: Implementation, calls: list[Arrays]) -> list[jax.Array]:
    """All calls of a step."""
    return [implementation(*call) for call in calls]


def backward(problem: Problem, implementation: Implementation, calls: list[Arrays]) -> Any:
    """The gradients, the forward pass included; the images that enter a network need none."""
    first, *others = calls

    def loss(arrays: Arrays, others: list[Arrays]) -> jax.Array:
        results = forward(problem, implementation, [(*first[: problem.fixed], *arrays), *others])
        return sum(jnp.sum(result**2) for result in results)

    return jax.grad(loss, argnums=(0, 1))(first[problem.fixed :], others)


class Measured(NamedTuple):
    """`ms` per step and lane; `compile_seconds` of the program."""

    ms: float
    compile_seconds: float


def measured(step: Callable[[list[Arrays]], Any], problem: Problem, lanes: int | None, seconds: float) -> Measured:
    """Steps in a loop of one program, as a training has them: XLA's convolutions on CPU are slower there. Its batches take turns."""
    batches = [arguments(problem, lanes, seed) for seed in (0, 1)]
    axis = 0 if lanes is None else 1
    both = jax.tree.map(lambda *arrays: jnp.stack(arrays, axis), *batches)

    def run(calls: list[Arrays], steps: jax.Array) -> jax.Array:
        def once(place: jax.Array, most: jax.Array) -> jax.Array:
            results = jax.tree.leaves(step(jax.tree.map(lambda array: array[place % 2], calls)))
            return jnp.maximum(most, jnp.stack([jnp.max(result) for result in results]).max())

        return jax.lax.fori_loop(0, steps, once, jnp.float32(0))

    before = time.perf_counter()
    compiled = jax.jit(run if lanes is None else jax.vmap(run, in_axes=(0, None))).lower(both, 1).compile()
    compiling = time.perf_counter() - before

    def taken(steps: int) -> float:
        before = time.perf_counter()
        jax.block_until_ready(compiled(both, steps))
        return (time.perf_counter() - before) / steps

    taken(1)
    steps = max(1, int(seconds / taken(2)))
    return Measured(median(taken(steps) for _ in range(3)) * 1e3 / (lanes or 1), compiling)


def difference(problem: Problem, implementation: Implementation) -> float:
    """The greatest from flax's results and gradients, relative to the greatest of them."""
    calls, reference = arguments(problem, None), problem.implementations["flax"]
    found = 0.0
    for step in (forward, backward):
        results = [jax.tree.leaves(jax.jit(partial(step, problem, one))(calls)) for one in (implementation, reference)]
        for ours, theirs in zip(*results, strict=True):
            found = max(found, float(jnp.max(jnp.abs(ours - theirs)) / jnp.max(jnp.abs(theirs))))
    return found


def rows(counts: Sequence[int | None], seconds: float) -> Iterator[dict[str, Any]]:
    """A row for each implementation."""
    for problem in PROBLEMS:
        for name, implementation in problem.implementations.items():
            row: dict[str, Any] = {"problem": problem.title, "implementation": name}
            row["difference"] = difference(problem, implementation)
            if not row["difference"] < MOST_DIFFERENCE:
                raise SystemExit(f"{problem.title}, {name}: differs from flax's by {row['difference']:.0e}")
            for step in (forward, backward):
                row[step.__name__] = {
                    "alone" if lanes is None else str(lanes): measured(
                        partial(step, problem, implementation),
                        problem,
                        lanes,
                        seconds,
                    )._asdict()
                    for lanes in counts
                }
            yield row


def machine() -> str:
    """What it ran on."""
    return f"{os.cpu_count()} x {platform.machine()} {jax.devices()[0].device_kind}, jax {jax.__version__}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lanes", type=int, nargs="*", default=[1, 4, 16], help="lane counts beside alone (1 4 16)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each of three measurements (0.5)")
    parser.add_argument("--json", action="store_true", help="JSON instead of tables")
    options = parser.parse_args()
    counts = [None, *options.lanes]
    found = list(rows(counts, options.seconds))
    if options.json:
        print(json.dumps({"machine": machine(), "rows": found}, indent=2))
        return
    for problem in PROBLEMS:
        show(problem.title, [row for row in found if row["problem"] == problem.title])


def show(title: str, found: list[dict[str, Any]]) -> None:
    """A table of one problem."""
    table = Table(title=f"{title} on {machine()}: ms per step and lane, forward / with backward")
    table.add_column("", no_wrap=True)
    for lanes in found[0]["forward"]:
        table.add_column(lanes if lanes == "alone" else f"K = {lanes}", justify="right", no_wrap=True)
    table.add_column("compile", justify="right", no_wrap=True)
    table.add_column("difference", justify="right", no_wrap=True)
    for row in found:
        pairs = [(row["forward"][lanes], row["backward"][lanes]) for lanes in row["forward"]]
        cells = [f"{ahead['ms']:.3g} / {back['ms']:.3g}" for ahead, back in pairs]
        slowest = max(back["compile_seconds"] for _, back in pairs)
        table.add_row(row["implementation"], *cells, f"{slowest:.1f} s", f"{row['difference']:.0e}")
    Console(width=max(120, Console().width)).print(table)


if __name__ == "__main__":
    main()
