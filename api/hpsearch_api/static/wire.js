/**
 * The bodies of the API, as far as the dashboard reads them. A test compares each with docs/openapi.json.
 *
 * @typedef {import("./format.js").WireNumber} WireNumber
 * @typedef {"active" | "paused" | "finished"} StudyState
 * @typedef {"user" | "max_trials" | "grid_exhausted" | "target_value" | "max_seconds" | "invalid_settings" | "failures"} StudyReason
 * @typedef {"queued" | "running" | "paused" | "completed" | "pruned" | "failed" | "cancelled"} TrialState
 *
 * @typedef {object} Problem
 * @property {string} type
 * @property {string} title
 * @property {number} status
 * @property {string} code
 * @property {string} detail
 * @property {ProblemField[]} fields
 *
 * @typedef {object} ProblemField
 * @property {string} field
 * @property {string} message
 *
 * @typedef {object} Budget
 * @property {number | null} max_trials
 * @property {number | null} max_seconds
 * @property {number | null} target_value
 *
 * @typedef {object} Study
 * @property {string} name
 * @property {string} description
 * @property {string} objective
 * @property {Direction | Direction[]} direction
 * @property {string | string[]} metric
 * @property {Record<string, any>} space
 * @property {any} sampler
 * @property {any} pruner
 * @property {Budget} budget
 * @property {any} attempts
 * @property {Record<string, any>} settings
 *
 * @typedef {"minimize" | "maximize"} Direction
 *
 * @typedef {object} Counts
 * @property {number} queued
 * @property {number} running
 * @property {number} paused
 * @property {number} completed
 * @property {number} pruned
 * @property {number} failed
 * @property {number} cancelled
 *
 * @typedef {object} StudyView
 * @property {Study} definition
 * @property {string} name
 * @property {StudyState} state
 * @property {StudyReason | null} reason
 * @property {string | null} reason_detail
 * @property {number} seed
 * @property {Counts} counts
 * @property {number | null} grid_size
 * @property {number | null} best_trial
 * @property {WireNumber | null} best_value
 * @property {number} active_seconds
 * @property {string} created_at
 * @property {string} updated_at
 * @property {number} seq
 *
 * @typedef {object} ErrorView
 * @property {string} reason
 * @property {string} message
 * @property {string | null} traceback
 *
 * @typedef {object} TrialView
 * @property {string} study
 * @property {number} number
 * @property {TrialState} state
 * @property {Record<string, any>} params
 * @property {number} seed
 * @property {WireNumber[] | null} values
 * @property {Record<string, WireNumber>} metrics
 * @property {number | null} best_step
 * @property {number | null} last_step
 * @property {number} attempts
 * @property {ErrorView | null} error
 * @property {string | null} reason
 * @property {boolean} enqueued
 * @property {string} created_at
 * @property {string | null} started_at
 * @property {string | null} finished_at
 * @property {number} seq
 *
 * @typedef {"completed" | "released" | "failed" | "fatal" | "expired"} End
 * @typedef {"continue" | "release" | "pause" | "stop" | "cancel" | "lost"} Decision
 *
 * @typedef {object} AttemptView
 * @property {number} number
 * @property {string} worker
 * @property {string | null} host
 * @property {string} started_at
 * @property {string | null} ended_at
 * @property {End | null} end
 * @property {Decision} decision
 * @property {string | null} decision_reason
 * @property {ErrorView | null} error
 * @property {number | null} best_step
 * @property {number | null} device_seconds
 *
 * @typedef {TrialView & TrialExtras} TrialDetail
 *
 * @typedef {object} TrialExtras
 * @property {AttemptView[]} history
 * @property {string[]} artifacts
 *
 * @typedef {object} Best
 * @property {TrialView[]} trials
 *
 * @typedef {object} Importances
 * @property {number} objective
 * @property {Record<string, number>} importances
 *
 * @typedef {object} StudyAdvice
 * @property {AdviceView[]} advice
 *
 * @typedef {object} AdviceView
 * @property {string} code
 * @property {string} severity
 * @property {string} title
 * @property {string} detail
 * @property {string} action
 * @property {string | null} parameter
 * @property {number} count
 * @property {number[]} trials
 * @property {Record<string, any> | null} space
 *
 * @typedef {object} HostFailures
 * @property {string} host
 * @property {number} failed
 * @property {number} completed_elsewhere
 * @property {string | null} suspicion
 *
 * @typedef {object} WorkerView
 * @property {string} name
 * @property {Record<string, any>} status
 * @property {number} open_leases
 * @property {number} failed
 * @property {number} completed_elsewhere
 * @property {HostFailures[]} hosts
 * @property {string} first_seen
 * @property {string} last_seen
 */

export {};
