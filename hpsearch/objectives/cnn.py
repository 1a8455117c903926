"""Settings of `flax/cnn`: convolutions with pooling, then the layers of the multi-layer perceptron."""

from dataclasses import replace
from typing import Annotated, Self

from pydantic import Field, model_validator

from hpsearch.objectives.buckets import DOUBLINGS
from hpsearch.objectives.network import NetworkSettings, Rate
from hpsearch.objectives.searchable import Searchable
from hpsearch.objectives.signature import Signature
from hpsearch.validation import problem

Filters = Annotated[int, Field(ge=1, le=4096, strict=True)]
MAX_CONV_LAYERS = DOUBLINGS + 1


class CnnSettings(NetworkSettings):
    """Settings of `flax/cnn`: `conv_layers` times convolution, activation and max-pooling, then the hidden layers."""

    conv_layers: Annotated[int, Field(ge=0, le=MAX_CONV_LAYERS, strict=True), Searchable("int", shapes="value")] = (
        Field(default=2, description="Convolutional layers, each with its pooling; 0 leaves a multi-layer perceptron.")
    )
    filters: Annotated[
        Filters | Annotated[tuple[Filters, ...], Field(max_length=MAX_CONV_LAYERS)], Searchable("int", shapes="bucket")
    ] = Field(
        default=16,
        description="Filters of the first layer, doubled with every further one; in settings also a list with those of each.",
    )
    kernel_size: Annotated[int, Field(ge=1, le=15, strict=True), Searchable("int", shapes="value")] = Field(
        default=3,
        description="Height and width of the filters; borders are padded with 0, so that images keep their size.",
    )
    pool_size: Annotated[int, Field(ge=1, le=8, strict=True), Searchable("int", shapes="value")] = Field(
        default=2, description="Height, width and stride of the max-pooling; 1 is none."
    )
    conv_dropout: Annotated[Rate, Searchable("float", shapes="presence")] = Field(
        default=0.0, description="Share of the last pooling's outputs that is dropped."
    )

    @model_validator(mode="after")
    def _check_filters(self) -> Self:
        if isinstance(self.filters, tuple) and "conv_layers" in self.model_fields_set:
            raise problem("conv_layers", "follows from the list of filters; leave it out")
        self._check_fits("filters", self.layer_filters)
        return self

    @property
    def layer_filters(self) -> tuple[int, ...]:
        """Filters of each convolutional layer."""
        if isinstance(self.filters, tuple):
            return self.filters
        return tuple(self.filters * 2**place for place in range(self.conv_layers))

    def signature(self, objective: str) -> Signature:
        """As of the multi-layer perceptron, with the convolutions."""
        plain = super().signature(objective)
        if not self.layer_filters:
            return replace(plain, options=plain.options - {"conv_dropout"})
        return replace(
            plain,
            activation=self.activation,
            batch_norm=self.batch_norm_position if self.batch_norm else None,
            filters=self._buckets(self.layer_filters),
            kernel_size=self.kernel_size,
            pool_size=self.pool_size,
        )
