"""What `flax/mlp` and `flax/cnn` have in common: the settings of layers, loss, optimizer and training.

Names follow optax and flax. Every field marked Searchable may be a parameter of the space instead. Epochs count from 1.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hpsearch.objectives.buckets import bucket
from hpsearch.objectives.data import Data, DigitsData, Last
from hpsearch.objectives.searchable import Searchable, searchables
from hpsearch.objectives.signature import Signature
from hpsearch.validation import Definition, problem

Activation = Literal["sigmoid", "tanh", "relu", "leaky_relu", "prelu", "elu", "selu", "gelu", "silu", "softplus"]
Initializer = Literal[
    "normal", "glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"
]
Optimizer = Literal["sgd", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam"]
Schedule = Literal[
    "constant",
    "linear",
    "polynomial",
    "cosine",
    "warmup_cosine",
    "exponential",
    "step",
    "piecewise_constant",
    "inverse_time",
    "power",
]
METRICS = {"train_loss": "minimize", "train_accuracy": "maximize", "val_loss": "minimize", "val_accuracy": "maximize"}
"""What a study may name as its metric, and the direction that makes sense. Reported besides, for people to look at: `learning_rate`, of
an epoch's last step, and `grad_norm`, the mean global norm of the gradient over its samples, before clipping."""

Width = Annotated[int, Field(ge=1, le=16_384, strict=True)]
Bucket = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Rate = Annotated[float, Field(ge=0, lt=1, strict=True)]
Strength = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]

ADAMS = ("adam", "adamw", "adamax", "nadam")
DEFAULT_EPS = {"adagrad": 1e-7, "adadelta": 1e-6}
"""optax's defaults where they are not 1e-8."""


class EarlyStopping(Definition):
    """Ends a training whose metric has not improved for a while. NaN is no improvement."""

    patience: Annotated[int, Field(ge=1, le=1_000_000, strict=True)] = Field(
        description="Epochs in a row without improvement that end the training.", examples=[5]
    )
    min_delta: Strength = Field(default=0.0, description="An improvement is larger than this.")


class NetworkSettings(Definition):
    """Settings of data, layers, loss, optimizer and training."""

    data: Data = DigitsData()
    normalisation: Annotated[Literal["none", "min_max", "symmetric", "standardise"], Searchable("choice")] = Field(
        default="min_max",
        description="Fitted on the training set: to [0, 1], to [-1, 1], or to mean 0 and deviation 1 (all pixels share one unit).",
    )
    max_epochs: Annotated[int, Field(ge=1, le=1_000_000, strict=True), Searchable("int")] = Field(
        default=20, description="Epochs at most."
    )
    early_stopping: EarlyStopping | None = Field(
        default=None,
        description="Without it a training runs for max_epochs. The weights of the best epoch count either way.",
    )
    repeats: Annotated[int, Field(ge=1, le=64, strict=True)] = Field(
        default=1,
        description="Networks that a trial trains side by side, from different initial weights. It reports their means and, as `<metric>_std`, "
        "their standard deviations, stops by the mean, and keeps the network that is best at the best epoch.",
    )
    folds: Annotated[int, Field(ge=2, le=64, strict=True)] | None = Field(
        default=None,
        description="Cross-validation: all samples but the test data, whatever share validation has, are parted evenly by class; each part "
        "validates a network that trains on the others. Reported as of repeats, which multiply them; no weights are kept, `study refit` makes them.",
        examples=[5],
    )

    # layers
    hidden_units: Annotated[
        Width | Annotated[tuple[Width, ...], Field(max_length=64)], Searchable("int", shapes="bucket")
    ] = Field(default=128, description="Units of every hidden layer; in settings also a list with the units of each.")
    width_buckets: Annotated[tuple[Bucket, ...], Field(min_length=1, max_length=64)] | None = Field(
        default=None,
        description="Widths to compile programs for, ascending. A layer runs in the least of them that holds its units or filters, the rest "
        "masked; without it in the next power of two. Beyond rounding it only changes which random numbers a seed draws.",
        examples=[[32, 100]],
    )
    depth: Annotated[int, Field(ge=0, le=64, strict=True), Searchable("int", shapes="value")] = Field(
        default=1, description="Hidden layers; 0 leaves a softmax regression."
    )
    activation: Annotated[Activation, Searchable("choice", shapes="value")] = Field(
        default="relu", description="Of the hidden layers."
    )
    batch_norm: Annotated[bool, Field(strict=True), Searchable("choice", shapes="value")] = Field(
        default=False, description="Batch normalisation with running statistics in every hidden layer."
    )
    batch_norm_position: Annotated[Literal["before", "after"], Searchable("choice", shapes="value")] = Field(
        default="before", description="Before or after the activation."
    )
    input_dropout: Annotated[Rate, Searchable("float", shapes="presence")] = Field(
        default=0.0, description="Share of the inputs that is dropped."
    )
    dropout: Annotated[Rate, Searchable("float", shapes="presence")] = Field(
        default=0.0, description="Share of each hidden layer's units that is dropped."
    )
    initializer: Annotated[Initializer, Searchable("choice")] = Field(
        default="glorot_uniform", description="Of the weights; biases start at 0."
    )
    init_stddev: Annotated[Positive, Searchable("float", used_with={"initializer": ("normal",)})] = Field(
        default=0.01, description="Standard deviation of the initializer `normal`."
    )

    # loss
    loss: Annotated[Literal["cross_entropy", "mean_squared_error"], Searchable("choice", shapes="value")] = Field(
        default="cross_entropy",
        description="Cross-entropy of softmax outputs; or half the squared error of sigmoid outputs against one-hot targets, "
        "summed over the outputs. Averaged over samples.",
    )
    label_smoothing: Annotated[Rate, Searchable("float", shapes="presence", used_with={"loss": ("cross_entropy",)})] = (
        Field(
            default=0.0, description="Share of the target spread evenly over all classes; not in the reported losses."
        )
    )
    l1: Annotated[Strength, Searchable("float", shapes="presence")] = Field(
        default=0.0, description="Adds l1 * sum |w| over the weights (not the biases) to the training loss."
    )
    l2: Annotated[Strength, Searchable("float", shapes="presence")] = Field(
        default=0.0, description="Adds l2 / 2 * sum w^2 over the weights (not the biases) to the training loss."
    )

    # optimizer
    optimizer: Annotated[Optimizer, Searchable("choice", shapes="value")] = Field(
        default="adam", description="optax's optimizer of this name."
    )
    learning_rate: Annotated[Positive, Searchable("float")] = Field(default=1e-3, description="The schedule's peak.")
    momentum: Annotated[Rate, Searchable("float", used_with={"optimizer": ("sgd",)})] = Field(
        default=0.0, description="Of sgd."
    )
    nesterov: Annotated[
        bool, Field(strict=True), Searchable("choice", shapes="value", used_with={"optimizer": ("sgd",)})
    ] = Field(default=False, description="Nesterov's form of the momentum of sgd.")
    b1: Annotated[Rate, Searchable("float", used_with={"optimizer": ADAMS})] = Field(
        default=0.9, description="Decay of the first moment of adam, adamw, adamax and nadam."
    )
    b2: Annotated[Rate, Searchable("float", used_with={"optimizer": ADAMS})] = Field(
        default=0.999, description="Decay of their second moment."
    )
    decay: Annotated[Rate, Searchable("float", used_with={"optimizer": ("rmsprop",)})] = Field(
        default=0.9, description="Decay of the squared gradients of rmsprop."
    )
    rho: Annotated[Rate, Searchable("float", used_with={"optimizer": ("adadelta",)})] = Field(
        default=0.9, description="Decay of the squared gradients of adadelta."
    )
    eps: Annotated[
        Positive | None, Searchable("float", used_with={"optimizer": (*ADAMS, "rmsprop", "adagrad", "adadelta")})
    ] = Field(
        default=None, description="Keeps the optimizer from dividing by 0; optax's default of the optimizer without it."
    )
    weight_decay: Annotated[Strength | None, Searchable("float", shapes="presence")] = Field(
        default=None,
        description="Decay of the weights (not the biases) at every step, times the learning rate, decoupled from the gradient, with any "
        "optimizer; without it 0.0001 for adamw and 0 for the others.",
    )
    clip_value: Annotated[Positive | None, Searchable("float", shapes="presence")] = Field(
        default=None, description="Clips every component of the gradient to this magnitude."
    )
    clip_norm: Annotated[Positive | None, Searchable("float", shapes="presence")] = Field(
        default=None, description="Scales the gradient down to this global norm."
    )
    batch_size: Annotated[int, Field(ge=1, le=1_000_000, strict=True), Searchable("int", shapes="value")] = Field(
        default=64, description="Samples of a step; at most the training set."
    )

    # learning-rate schedule, in epochs
    schedule: Annotated[Schedule, Searchable("choice")] = Field(
        default="constant", description="How the learning rate changes over the steps of a training."
    )
    warmup_epochs: Annotated[Strength, Searchable("float", used_with={"schedule": ("warmup_cosine",)})] = Field(
        default=1.0, description="Epochs of the linear rise from 0 in warmup_cosine; less than max_epochs."
    )
    alpha: Annotated[
        Annotated[float, Field(ge=0, le=1, strict=True)],
        Searchable("float", used_with={"schedule": ("linear", "polynomial", "cosine", "warmup_cosine")}),
    ] = Field(default=0.0, description="Share of the learning rate that is left at max_epochs.")
    decay_rate: Annotated[
        Positive,
        Searchable("float", used_with={"schedule": ("exponential", "step", "piecewise_constant", "inverse_time")}),
    ] = Field(
        default=0.5,
        description="Factor per transition_epochs (exponential, step) or at each boundary; slope of inverse_time: lr / (1 + decay_rate t).",
    )
    transition_epochs: Annotated[
        Positive, Searchable("float", used_with={"schedule": ("exponential", "step", "inverse_time", "power")})
    ] = Field(default=10.0, description="Epochs that are one unit of time t of the schedule.")
    power: Annotated[Positive, Searchable("float", used_with={"schedule": ("polynomial", "power")})] = Field(
        default=1.0, description="Exponent: lr (1 - t)^power of polynomial, lr / (1 + t)^power of power."
    )
    boundaries: Annotated[tuple[Positive, ...], Field(max_length=16)] = Field(
        default=(), description="Epochs at which piecewise_constant multiplies by decay_rate, ascending."
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if isinstance(self.hidden_units, tuple) and "depth" in self.model_fields_set:
            raise problem("depth", "follows from the list of hidden_units; leave it out")
        if self.width_buckets and list(self.width_buckets) != sorted(set(self.width_buckets)):
            raise problem("width_buckets", "must ascend")
        self._check_fits("hidden_units", self.widths)
        if self.schedule == "warmup_cosine" and self.warmup_epochs >= self.max_epochs:
            raise problem("warmup_epochs", f"must be below max_epochs, which is {self.max_epochs}")
        if self.schedule == "piecewise_constant" and not self.boundaries:
            raise problem("boundaries", "is required with the schedule piecewise_constant")
        if list(self.boundaries) != sorted(set(self.boundaries)):
            raise problem("boundaries", "must ascend")
        if self.folds is not None and isinstance(self.data.validation, Last):
            raise problem("folds", "each validate their own samples; leave out the last ones of data.validation")
        return self

    def _check_fits(self, name: str, widths: tuple[int, ...]) -> None:
        if self.width_buckets and max(widths, default=0) > self.width_buckets[-1]:
            raise problem(
                name,
                f"must be at most {self.width_buckets[-1]} in any layer, the last of width_buckets; got {max(widths)}",
            )

    @property
    def widths(self) -> tuple[int, ...]:
        """Units of each hidden layer."""
        return self.hidden_units if isinstance(self.hidden_units, tuple) else (self.hidden_units,) * self.depth

    @property
    def layer_filters(self) -> tuple[int, ...]:
        """Filters of each convolutional layer."""
        return ()

    def signature(self, objective: str) -> Signature:
        """What of these settings shapes the program; what has no effect with the others is left out, so that it makes no further program."""
        hidden = bool(self.widths)
        return Signature(
            objective=objective,
            data=self.data.model_dump_json(),
            batch_size=self.batch_size,
            loss=self.loss,
            optimizer=self.optimizer,
            nesterov=self.nesterov and self.optimizer == "sgd",
            widths=self._buckets(self.widths),
            activation=self.activation if hidden else None,
            batch_norm=self.batch_norm_position if self.batch_norm and hidden else None,
            options=self._options(),
            repeats=self.repeats,
            folds=self.folds,
        )

    def _buckets(self, widths: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(bucket(width, self.width_buckets) for width in widths)

    def _options(self) -> frozenset[str]:
        marks = searchables(type(self))
        asked = {name for name in self.model_fields_set if name in marks and marks[name].shapes == "presence"}
        if self.optimizer == "adamw":
            asked.add("weight_decay")
        if not self.widths:
            asked.discard("dropout")
        if self.loss != "cross_entropy":
            asked.discard("label_smoothing")
        return frozenset(asked)
