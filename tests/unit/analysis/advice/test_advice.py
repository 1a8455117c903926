from hpsearch.analysis.advice.advice import Advice, Code, Severity, in_order


def advice(severity: Severity, count: int, title: str = "") -> Advice:
    return Advice(Code.PLATEAU, severity, title, "", "", count=count)


def test_warnings_come_first_then_what_concerns_the_most_trials():
    hint, one, two = advice(Severity.HINT, 9), advice(Severity.WARNING, 1), advice(Severity.WARNING, 2)
    assert in_order([hint, one, two]) == (two, one, hint)


def test_the_order_is_otherwise_kept():
    given = [advice(Severity.HINT, 1, title) for title in "cab"]
    assert in_order(given) == tuple(given)
