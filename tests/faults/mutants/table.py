"""Protocol code broken in one line each, to see whether the suites notice."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutant:
    """`old`, which must be in the file exactly once, becomes `new`; `suite` is run first, as it notices soonest."""

    file: str
    old: str
    new: str
    breaks: str
    suite: str = "property"

    def __str__(self) -> str:
        return self.breaks


_LIFE = "hpsearch/service/life.py"
_ASK = "hpsearch/service/commands/ask.py"
_REPORT = "hpsearch/service/commands/report.py"
_RENEW = "hpsearch/service/commands/renew.py"
_TELL = "hpsearch/service/commands/tell.py"
_SWEEP = "hpsearch/service/commands/sweep.py"
_TRIALS = "hpsearch/service/commands/trials.py"
_STUDIES = "hpsearch/service/commands/studies.py"
_BOARD = "hpsearch/service/board.py"
_WRITER = "hpsearch/service/writer.py"
_LEDGER = "hpsearch/storage/ledger.py"
_FLUSH = "hpsearch/storage/flush.py"
_PULSE = "hpsearch/storage/pulse.py"
_RENEWALS = "hpsearch/storage/renewals.py"
_STEADY = "hpsearch/storage/steady.py"
_STATE = "hpsearch/trial/state.py"
_ACCOUNT = "hpsearch/study/account.py"
_ASKER = "workers/hpsearch_workers/agent/asker.py"
_COURIER = "workers/hpsearch_workers/agent/courier.py"
_DELIVERY = "workers/hpsearch_workers/agent/delivery.py"
_RENEWER = "workers/hpsearch_workers/agent/renewer.py"
_SPOOL = "workers/hpsearch_workers/agent/spool.py"
_SUPERVISOR = "workers/hpsearch_workers/agent/supervisor.py"

MUTANTS = [
    Mutant(
        _LIFE,
        "or attempt.number != trial.attempts or not waiting",
        "or not waiting",
        "an older attempt is opened again",
        "simulation",
    ),
    Mutant(
        _LIFE,
        "or attempt.number != trial.attempts or not waiting",
        "or attempt.number != trial.attempts",
        "late work opens a final trial",
    ),
    Mutant(
        _LIFE,
        '"expiries": trial.expiries + (end is End.EXPIRED)',
        '"expiries": trial.expiries',
        "expiries are not charged",
    ),
    Mutant(
        _LIFE, 'charges["errors"] >= limits.errors', 'charges["errors"] > limits.errors', "one error more than allowed"
    ),
    Mutant(
        _LIFE,
        "expiries=trial.expiries - 1, not_before",
        "expiries=trial.expiries, not_before",
        "late work stays charged",
    ),
    Mutant(
        _LIFE,
        "if attempt.decision.grow(decision) is attempt.decision",
        "if decision is attempt.decision",
        "decisions shrink",
    ),
    Mutant(_LIFE, "    settle(ledger, trial.study_id)", "    return", "the last trial's end does not finish its study"),
    Mutant(
        _LIFE,
        "(TrialState.QUEUED, TrialState.PAUSED)):",
        "(TrialState.PAUSED,)):",
        "queued trials wait in a finished study",
    ),
    Mutant(
        _LIFE,
        'decide(ledger, attempt, Decision.RELEASE, "study paused")',
        "pass",
        "running trials do not hear of a pause",
    ),
    Mutant(
        _LIFE, "decide(ledger, attempt, Decision.STOP, STUDY_OVER)", "pass", "running trials do not hear of the end"
    ),
    Mutant(
        _LIFE,
        'retry_seconds(charges["errors"])) if retry else None',
        'retry_seconds(charges["errors"])) if False else None',
        "errors are tried again at once",
    ),
    Mutant(
        _LIFE,
        "charged = end is End.RELEASED and attempt.decision is Decision.CONTINUE",
        "charged = end is End.RELEASED",
        "a pause costs a release",
    ),
    Mutant(
        _LIFE,
        "if ending.end is not End.COMPLETED or all(isfinite(value)",
        "if True or all(isfinite(value)",
        "a trial is completed with NaN",
    ),
    Mutant(_ASK, "min(wanted, study.remaining)", "wanted", "an ask oversteps the budget"),
    Mutant(
        _ASK,
        "if repeated := ledger.granted.get(self.requests[0]):\n            return",
        "if repeated := None:\n            return",
        "a repeated ask grants",
    ),
    Mutant(
        _ASK,
        "map(ledger.latest, attempts) if attempt.is_open]",
        "map(ledger.latest, attempts)]",
        "a repeated ask gives ended leases",
    ),
    Mutant(
        _ASK, "if attempts[0].request_digest != self._digest", "if False", "another ask under the same id is answered"
    ),
    Mutant(
        _ASK,
        "expires_at=ledger.now + self._term,",
        "expires_at=ledger.now + self._term / 2,",
        "a lease begins with half its term",
        "simulation",
    ),
    Mutant(
        _REPORT,
        "ledger.put_attempt(replace(attempt, expires_at=ledger.now + self._term))",
        "pass",
        "reports do not renew",
        "simulation",
    ),
    Mutant(
        _REPORT,
        'life.reopen(ledger, attempt, term, attempt.worker) or "lease_lost"',
        "attempt",
        "reports need no open attempt",
    ),
    Mutant(
        _REPORT,
        "item.step > trial.last_step:\n            return True",
        "item.step >= trial.last_step:\n            return True",
        "a repeated report is stored again",
    ),
    Mutant(
        _REPORT,
        "if known == item.value or (known != known and item.value != item.value)",
        "if True",
        "another value for a step is accepted",
    ),
    Mutant(
        _RENEWALS,
        ".values(expires_at=end)",
        ".values(expires_at=attempts.c.expires_at)",
        "renewals do not renew",
        "simulation",
    ),
    Mutant(_RENEWALS, "            attempts.c.ended_at.is_(None),\n", "", "attempts that have ended are renewed"),
    Mutant(
        _RENEWALS,
        "            studies.c.deleted_at.is_(None),\n",
        "",
        "leases of a deleted study are renewed",
    ),
    Mutant(
        _RENEWALS,
        "            studies.c.project == leases.c.v1,\n",
        "",
        "a lease is renewed by another project",
        "renewals",
    ),
    Mutant(
        _RENEWALS,
        "or_(leases.c.v2.is_(None),",
        "or_(True,",
        "a lease is renewed by whom its study is not for",
        "renewals",
    ),
    Mutant(
        _STEADY,
        "return func.max(_NOW, _LAST_SEEN,",
        "return func.max(_NOW, 0,",
        "what is written goes back with the clock",
    ),
    Mutant(_RENEW, "expired.append(lease)", "pass", "late renewals open nothing"),
    Mutant(
        _TELL,
        'return None if attempt.tell_digest == digest_of(item) else "tell_conflict"',
        "return None",
        "another end is accepted",
    ),
    Mutant(
        _TELL, "if refusal is None and attempt.tell_digest is None", "if refusal is None", "the same end counts twice"
    ),
    Mutant(
        _TELL, "life.reopen(ledger, attempt, self._term, attempt.worker) is None", "True", "late ends are thrown away"
    ),
    Mutant(_TELL, "if not attempt.is_open and life.reopen", "if False and life.reopen", "an end needs no lease"),
    Mutant(
        _SWEEP,
        "over = [attempt for attempt in over if self._beat.expires(attempt.expires_at)]",
        "over = list(over)",
        "a sweep does not look again under its locks",
        "replicas",
    ),
    Mutant(
        _SWEEP,
        "life.Ending(End.EXPIRED, life.SYSTEM)",
        "life.Ending(End.RELEASED, life.SYSTEM)",
        "an expiry is taken for a release",
    ),
    Mutant(_TRIALS, "if study.remaining == 0", "if study.remaining is None", "enqueued trials overstep the budget"),
    Mutant(_TRIALS, "if repeated is not None", "if False", "a repeated request enqueues again"),
    Mutant(_STUDIES, "budget.max_trials < study.next_number", "budget.max_trials < 0", "a budget goes below its use"),
    Mutant(
        _BOARD,
        "return offer.is_ready or self._has_new(offer)",
        "return self._has_new(offer)",
        "the last queued trials are not granted",
    ),
    Mutant(
        _WRITER,
        "for waiting in batch]\n            has_work",
        "for waiting in batch]; self._loop.call_soon_threadsafe(self._answer, outcomes)\n            has_work",
        "answers come before the commit",
    ),
    Mutant(
        _LEDGER,
        "return self._attempts.get(attempt.key, attempt)",
        "return attempt",
        "a batch does not see its own changes",
    ),
    Mutant(
        _LEDGER,
        "final = seq if state.is_final and trial.final_seq is None else trial.final_seq",
        "final = trial.final_seq",
        "samplers never see an outcome",
    ),
    Mutant(_LEDGER, "replace(study, seq=study.seq + 1,", "replace(study, seq=study.seq,", "changes take no seq"),
    Mutant(_LEDGER, "return study_id in self._deleted or", "return False and", "leases of a deleted study are good"),
    Mutant(
        _FLUSH,
        'reports.c.attempt < bindparam("key_attempt")',
        'reports.c.attempt > bindparam("key_attempt")',
        "the first report of a step counts",
        "simulation",
    ),
    Mutant(_PULSE, "away = now - row.last_seen > GAP or", "away =", "a gap in service ends leases"),
    Mutant(_PULSE, "> GAP or now < row.last_seen", "> GAP", "a clock that is set back is not seen"),
    Mutant(
        _STATE,
        "return TrialState.FAILED if spent and decision is Decision.CONTINUE else TrialState.QUEUED",
        "return TrialState.QUEUED",
        "releases never spend a trial",
    ),
    Mutant(_STATE, "return max(self, other,", "return min(self, other,", "the weaker decision stands"),
    Mutant(_ACCOUNT, "counts[before] -= 1", "counts[before] -= 0", "counts do not add up"),
    Mutant(_STATE, "RETRY_SECONDS * 2.0 ** (errors - 1)", "RETRY_SECONDS * 2.0**errors", "retries wait too long"),
    Mutant(
        _ACCOUNT,
        "return None if self.open_trials else self.exhausted()",
        "return self.exhausted()",
        "a study finishes while trials run",
    ),
    Mutant(_ASKER, "self._spool.asking(ask)", "pass", "an ask is sent before it is kept"),
    Mutant(
        _ASKER,
        "if left is not None:\n            self._ask(",
        "if False:\n            self._ask(",
        "an ask without an answer is forgotten by the next start",
    ),
    Mutant(_COURIER, "self._spool.add(self._incoming)", "pass", "results are not kept"),
    Mutant(
        _COURIER, "delivered, failure = False, error", "delivered, failure = True, error", "failed deliveries count"
    ),
    Mutant(
        _DELIVERY,
        "if answer.code not in kept])",
        "if answer.code not in kept and not answer.accepted])",
        "ends are delivered for ever",
    ),
    Mutant(_RENEWER, "                self._renew()", "                pass", "a worker does not renew"),
    Mutant(_RENEWER, "self._spool.forget(item.lease)", "pass", "lost leases are renewed for ever"),
    Mutant(
        _SPOOL,
        "if isinstance(one.item, TellItem):\n                    _forget",
        "if False:\n                    _forget",
        "a lease stays in the spool after its end",
    ),
    Mutant(
        _SPOOL,
        'db.execute("DELETE FROM ask")\n            rows',
        "rows",
        "an ask stays in the spool after its answer",
    ),
    Mutant(_SUPERVISOR, "self._give_back(self._spool.untold())", "pass", "leases of the last start are kept for ever"),
]
