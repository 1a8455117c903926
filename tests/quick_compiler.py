"""Makes JAX compile quickly in this process. Processes that tests start compile as for users."""

import os

import jax
from effort import EFFORT


def compile_quickly() -> None:
    """To be called before anything is compiled.

    Tests compile many programs and run each for a moment. Without XLA's newer emitters of fusions that takes half the time; with
    HPSEARCH_EFFORT above 1 they are used.
    """
    jax.config.update("jax_disable_most_optimizations", True)
    if EFFORT > 1:
        return
    given = os.environ.get("XLA_FLAGS")
    os.environ["XLA_FLAGS"] = f"{given or ''} --xla_cpu_use_fusion_emitters=false"
    jax.jit(lambda: 0).lower().compile()  # XLA reads its flags once
    if given is None:
        del os.environ["XLA_FLAGS"]
    else:
        os.environ["XLA_FLAGS"] = given
