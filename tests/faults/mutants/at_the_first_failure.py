"""A plugin of pytest: property tests end with the first failing example, which is not made smaller; what runs is the copy."""

import os
from pathlib import Path

from hypothesis import Phase, settings

import hpsearch

settings.register_profile("at_the_first_failure", phases=[Phase.explicit, Phase.generate], database=None)
settings.load_profile("at_the_first_failure")

if not Path(hpsearch.__file__).is_relative_to(os.environ["MUTANT_FOLDER"]):
    raise RuntimeError(f"the mutant is not what is imported: {hpsearch.__file__}")
