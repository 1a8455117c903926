"""Which data a built-in objective trains on, and how it is kept apart: `settings.data`."""

from typing import Annotated, Literal

from pydantic import Field

from hpsearch.validation import Definition, problem

Count = Annotated[int, Field(ge=1, le=10_000_000, strict=True)]
Share = Annotated[float, Field(gt=0, lt=1, strict=True)]
FilePath = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x1f]+$")]


class First(Definition):
    """The first samples, in the order of the file."""

    first: Count


class Last(Definition):
    """The last samples, in the order of the file."""

    last: Count


class _Data(Definition):
    split_seed: Annotated[int, Field(ge=0, lt=2**32, strict=True)] = Field(
        default=0, description="Draws the split; the same for all trials of the study."
    )
    validation: Share | Last = Field(
        default=0.2,
        description="A share of all samples that are not test files, drawn evenly from every class; or `{last: N}` of them.",
    )
    train: First | None = Field(
        default=None, description="`{first: N}` of the samples left for training; all of them without it."
    )


class DigitsData(_Data):
    """The 1,797 digits of 8 x 8 pixels that scikit-learn ships (Alpaydin and Kaynak 1998)."""

    name: Literal["digits"] = "digits"
    test: Share = Field(
        default=0.2, description="Share of all samples that stays sealed, drawn evenly from every class."
    )

    @property
    def validation_share(self) -> float:
        """The share of all samples that validates, 0 where a count is given."""
        return self.validation if isinstance(self.validation, float) else 0.0

    def model_post_init(self, _context: object) -> None:
        """Refuses shares that leave nothing to train on."""
        if self.test + self.validation_share >= 1:
            raise problem("test", "test and validation together must be below 1: the rest trains")


class IdxData(_Data):
    """Images and labels in MNIST's IDX format, plain or gzip.

    Give the folder that holds the four files under MNIST's names (with or without `.gz`), or each file. Paths are
    looked up below the worker's HPSEARCH_DATA, and must not lead out of it.
    """

    name: Literal["idx"]
    path: FilePath | None = Field(default=None, description="Folder of the files.", examples=["mnist"])
    train_images: FilePath | None = Field(default=None, description="File of the training (and validation) images.")
    train_labels: FilePath | None = Field(default=None, description="File of their labels.")
    test_images: FilePath | None = Field(
        default=None, description="File of the test images; read by `study test` alone."
    )
    test_labels: FilePath | None = Field(default=None, description="File of their labels; likewise.")

    def model_post_init(self, _context: object) -> None:
        """Refuses settings from which no training file follows."""
        missing = [name for name in ("train_images", "train_labels") if getattr(self, name) is None]
        if self.path is None and missing:
            raise problem(missing[0], "is required where `path` does not name the folder of all files")


Data = Annotated[DigitsData | IdxData, Field(discriminator="name")]
