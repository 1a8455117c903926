"""Which sampler suggests the parameters, and its settings."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from hpsearch.validation import Definition

Seed = Annotated[
    int,
    Field(
        ge=0,
        lt=2**32,
        strict=True,
    ),
]


class _Sampler(Definition):
    seed: Seed | None = Field(
        default=None, description="Makes the search repeatable; the server draws and stores one if absent."
    )


class GridSampler(_Sampler):
    """Every point of the grid once, the last parameter fastest."""

    name: Literal["grid"] = Field(description="Which sampler.")
    shuffle: StrictBool = Field(default=False, description="Hand the points out in an order drawn from the seed.")


class RandomSampler(_Sampler):
    """Independent draws from the ranges."""

    name: Literal["random"] = Field(description="Which sampler.")


class TpeSampler(_Sampler):
    """Tree-structured Parzen estimator (Bergstra et al. 2011), multivariate, aware of running trials."""

    name: Literal["tpe"] = Field(description="Which sampler.")
    n_startup_trials: Annotated[int, Field(ge=1, le=10_000, strict=True)] = Field(
        default=10, description="Random trials before the estimator takes over."
    )
    n_ei_candidates: Annotated[int, Field(ge=1, le=1000, strict=True)] = Field(
        default=24, description="Candidates drawn for each suggestion."
    )


Sampler = Annotated[GridSampler | RandomSampler | TpeSampler, Field(discriminator="name")]
