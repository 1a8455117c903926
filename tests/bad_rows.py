"""Real histories (see histories.py) with a row that says something else than the rows around it, and what a checker must say of it."""

from bad_histories import Bad, of

BAD_ROWS = [
    Bad(
        "a value that is not the first of its values",
        ("UPDATE trials SET value = 0.9 " + of("busy", "number = 2"),),
        "I4", "its value is 0.9, the first of its values 0.75", trial=2,
    ),
    Bad(
        "a value of a trial that has none",
        ("UPDATE trials SET value = 0.1 " + of("busy", "number = 3"),),
        "I4", "its value is 0.1, the first of its values None", trial=3,
    ),
    Bad(
        "a last step that was never reported",
        ("UPDATE trials SET last_step = 9 " + of("busy", "number = 0"),),
        "I4", "its last_step is 9, that of its reports 3", trial=0,
    ),
    Bad(
        "the last report is lost",
        ("DELETE FROM reports " + of("busy", "trial = 0 AND step = 3"),),
        "I4", "its last_step is 3, that of its reports 2", trial=0,
    ),
    Bad(
        "a pruned trial with another value",
        ("UPDATE trials SET value = 12.0, \"values\" = '[12.0]' " + of("pruned", "number = 0"),),
        "I4", "is pruned with values [12.0] of step 2; by its attempts and reports with values [11.0] of step 2",
        study="pruned", trial=0,
    ),
    Bad(
        "a pruned trial with the value of another step than that of the decision",
        ("UPDATE trials SET value = 1.0, \"values\" = '[1.0]', best_step = 1 " + of("pruned", "number = 0"),),
        "I4", "is pruned with values [1.0] of step 1; by its attempts and reports with values [11.0] of step 2",
        study="pruned", trial=0,
    ),
    Bad(
        "a pruned trial without the value that it had",
        ('UPDATE trials SET value = NULL, "values" = NULL, best_step = NULL ' + of("pruned", "number = 0"),),
        "I4", "is pruned with values None of step None; by its attempts and reports with values [11.0] of step 2",
        study="pruned", trial=0,
    ),
    Bad(
        "a best step that was not told",
        ("UPDATE trials SET best_step = 2 " + of("busy", "number = 0"),),
        "I4", "is completed with values [0.3] of step 2; by its attempts and reports with values [0.3] of step 3", trial=0,
    ),
    Bad(
        "values of a trial that failed",
        ("UPDATE trials SET value = 0.1, \"values\" = '[0.1]' " + of("busy", "number = 3"),),
        "I4", "is failed with values [0.1] of step None; by its attempts and reports with values None of step None",
        trial=3,
    ),
    Bad(
        "parameters out of range",
        ("UPDATE trials SET params = '{\"x\": 7.0}' " + of("failing", "number = 1"),),
        "I8", "its parameters are none of the space: params.x: must be ", study="failing", trial=1, seq=1,
    ),
    Bad(
        "parameters out of range that were enqueued",
        ("UPDATE trials SET params = '{\"x\": 7.0}' " + of("busy", "number = 0"),),
        "I8", "its parameters are none of the space: params.x: must be ", trial=0, seq=1,
    ),
    Bad(
        "a parameter that the space does not have",
        ('UPDATE trials SET params = \'{"x": 0.5, "y": 1}\' ' + of("busy", "number = 0"),),
        "I8", "its parameters are none of the space: params.y: there is no such parameter", trial=0, seq=1,
    ),
    Bad(
        "a whole number that became a fraction",
        ('UPDATE trials SET params = \'{"a": "y", "b": 2.0}\' ' + of("grid", "number = 3"),),
        "I8", "its parameters are none of the space: params.b: must be ", study="grid", trial=3, seq=2,
    ),
    Bad(
        "another seed",
        ("UPDATE trials SET seed = 12 " + of("busy", "number = 0"),),
        "I8", "its seed is 12, that of its number ", trial=0, seq=1,
    ),
    Bad(
        "an attempt of another project",
        ("UPDATE attempts SET project = 'other' " + of("busy", "trial = 0"),),
        "I3", "is of the project other, its study of default", trial=0, attempt=1,
    ),
    Bad(
        "an attempt of another worker",
        ("UPDATE attempts SET worker = 'v' " + of("busy", "trial = 2 AND number = 2"),),
        "I3", "its worker is v, by its history other", trial=2, attempt=2,
    ),
    Bad(
        "an end that nobody told",
        ("UPDATE attempts SET tell_digest = NULL " + of("busy", "trial = 0"),),
        "I3", "its end is completed, its tell_digest None", trial=0, attempt=1,
    ),
    Bad(
        "a tell of an attempt that expired",
        ("UPDATE attempts SET tell_digest = 'x' " + of("busy", "trial = 2 AND number = 1"),),
        "I3", "its end is expired, its tell_digest x", trial=2, attempt=1,
    ),
    Bad(
        "an attempt that failed without an error",
        ("UPDATE attempts SET error = NULL " + of("busy", "trial = 1 AND number = 1"),),
        "I3", "its end is failed, its error None", trial=1, attempt=1,
    ),
    Bad(
        "a trial that failed with another error than its attempt",
        ("UPDATE trials SET error = '{\"reason\": \"io\", \"message\": \"no\", \"traceback\": null}' " + of("busy", "number = 3"),),
        "I3", "its error is io, or says something else than that of its attempts, diverged", trial=3,
    ),
]  # fmt: skip
