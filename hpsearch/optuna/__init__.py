"""The bridge to Optuna: `to_study` shows a search to its tools, `from_study` brings a search in. Needs the extra `optuna`.

import hpsearch.optuna, optuna
study = hpsearch.optuna.to_study("digits-mlp")
optuna.visualization.plot_param_importances(study).show()
"""

from hpsearch.optuna.exporting import to_study
from hpsearch.optuna.importing import OBJECTIVE, Imported, from_study
from hpsearch.optuna.opening import open_study
from hpsearch.optuna.spaces import infer_space

__all__ = ["OBJECTIVE", "Imported", "from_study", "infer_space", "open_study", "to_study"]
