"""Advice on a study and on the curve of a trial: what looks wrong, and what to do about it. Each rule is a file; docs/advice.md lists them."""

from hpsearch.analysis.advice.advice import MOST_TRIALS, Advice, Code, Severity
from hpsearch.analysis.advice.curve import Curve
from hpsearch.analysis.advice.failures import Failure
from hpsearch.analysis.advice.study import curve_advice, study_advice

__all__ = ["MOST_TRIALS", "Advice", "Code", "Curve", "Failure", "Severity", "curve_advice", "study_advice"]
