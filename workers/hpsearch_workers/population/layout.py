"""What a tree of arrays looks like: its structure, and of each array the shape and type."""

from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from hpsearch_workers.population.network import Tree


@dataclass(frozen=True)
class Layout:
    """Equal for trees that one program may be given. Types are those on the device, where nothing has 64 bits."""

    structure: Any
    leaves: tuple[tuple[tuple[int, ...], np.dtype[Any]], ...]

    @classmethod
    def of(cls, tree: Tree) -> "Layout":
        """The layout of arrays, or of what stands for them."""
        leaves, structure = jax.tree.flatten(tree)
        return cls(structure, tuple((leaf.shape, jax.dtypes.canonicalize_dtype(leaf.dtype)) for leaf in leaves))

    @property
    def tree(self) -> Tree:
        """What stands for such arrays when JAX traces a function."""
        shapes = [jax.ShapeDtypeStruct(*leaf) for leaf in self.leaves]  # type: ignore[no-untyped-call]
        return jax.tree.unflatten(self.structure, shapes)

    def difference(self, other: "Layout") -> str | None:
        """How `other` differs, at the first array that does; None when they are equal."""
        if self == other:
            return None
        expected, found = self._described, other._described
        for path in sorted(expected.keys() | found.keys()):
            if expected.get(path) != found.get(path):
                return f"`{path}` is {found.get(path, 'missing')}, not {expected.get(path, 'missing')}"
        return f"it is {other.structure}, not {self.structure}"

    @property
    def _described(self) -> dict[str, str]:
        leaves = jax.tree_util.tree_leaves_with_path(self.tree)
        return {path_name(path): f"{leaf.shape} {leaf.dtype.name}" for path, leaf in leaves}


def path_name(path: Any) -> str:
    """The path of an array in its tree, as people write it: `layers.0.kernel`."""
    return jax.tree_util.keystr(path, simple=True, separator=".")
