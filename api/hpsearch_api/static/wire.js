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
 * @property {string[]} tags
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
 * @typedef {object} StudyCounts
 * @property {number} active
 * @property {number} paused
 * @property {number} finished
 *
 * @typedef {object} StudyPage
 * @property {StudyView[]} items
 * @property {string | null} next_cursor
 * @property {StudyCounts} counts
 *
 * @typedef {object} ErrorView
 * @property {string} reason
 * @property {string} message
 * @property {string | null} traceback
 *
 * @typedef {object} CheckpointView
 * @property {string} ref
 * @property {number} step
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
 * @property {CheckpointView | null} checkpoint
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
 * @property {Record<string, any> | null} trace
 *
 * @typedef {TrialView & TrialExtras} TrialDetail
 *
 * @typedef {object} TrialExtras
 * @property {AttemptView[]} history
 * @property {string[]} artifacts
 *
 * @typedef {object} TrialCurves
 * @property {number[]} step
 * @property {number[]} attempt
 * @property {Record<string, (WireNumber | null)[]>} columns
 * @property {number} of
 *
 * @typedef {object} EventView
 * @property {number | null} attempt
 * @property {string} cause
 * @property {string} who
 * @property {string} at
 * @property {number} seq
 * @property {string | null} host
 * @property {string | null} reason
 * @property {TrialState | null} from_state
 * @property {TrialState | null} to_state
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
 * @typedef {object} DeviceMemory
 * @property {number} used_bytes
 * @property {number} total_bytes
 * @property {number | null} utilisation_percent
 *
 * @typedef {object} WorkerStatus
 * @property {string | null} host
 * @property {number | null} pid
 * @property {string | null} version
 * @property {number | null} memory_bytes
 * @property {string | null} platform
 * @property {string | null} device
 * @property {number | null} devices
 * @property {DeviceMemory[]} device_memory
 * @property {number | null} lanes
 * @property {number | null} busy
 * @property {Record<string, [number, number][]>} training
 * @property {number} training_left_out
 * @property {number | null} window_seconds
 * @property {number | null} occupancy
 * @property {number | null} trials_per_minute
 * @property {number | null} device_seconds_per_minute
 *
 * @typedef {object} WorkerView
 * @property {string} name
 * @property {WorkerStatus} told
 * @property {number} open_leases
 * @property {number} failed
 * @property {number} completed_elsewhere
 * @property {HostFailures[]} hosts
 * @property {string} first_seen
 * @property {string} last_seen
 * @property {number} silent_seconds
 * @property {boolean} is_silent
 *
 * @typedef {object} StudyChange
 * @property {string} study
 * @property {number} seq
 * @property {boolean} deleted
 * @property {StudyState} state
 * @property {StudyReason | null} reason
 * @property {string | null} reason_detail
 * @property {string} description
 * @property {string[]} tags
 * @property {Budget} budget
 * @property {Counts} counts
 * @property {number | null} best_trial
 * @property {WireNumber | null} best_value
 * @property {number} active_seconds
 * @property {string} updated_at
 * @property {StudyEvent[]} events
 * @property {boolean} complete
 *
 * @typedef {object} StudyEvent
 * @property {number | null} attempt
 * @property {string} cause
 * @property {string} who
 * @property {string} at
 * @property {number} seq
 * @property {string | null} host
 * @property {string | null} reason
 * @property {number | null} trial
 * @property {string | null} from_state
 * @property {string | null} to_state
 *
 * @typedef {object} BestLine
 * @property {(WireNumber | null)[]} x
 * @property {(WireNumber | null)[]} y
 *
 * @typedef {object} HistoryChart
 * @property {number[]} number
 * @property {(WireNumber | null)[]} x
 * @property {(WireNumber | null)[]} y
 * @property {TrialState[]} state
 * @property {number} of
 * @property {BestLine} best
 *
 * @typedef {object} CurvesChart
 * @property {CurveView[]} curves
 * @property {number} of
 * @property {string[]} metrics
 *
 * @typedef {object} CurveView
 * @property {number} number
 * @property {TrialState} state
 * @property {number[]} step
 * @property {(WireNumber | null)[]} value
 *
 * @typedef {object} SliceChart
 * @property {string} parameter
 * @property {number[]} number
 * @property {(WireNumber | null)[]} x
 * @property {(WireNumber | null)[]} y
 * @property {TrialState[]} state
 * @property {number} of
 *
 * @typedef {object} ChartAxis
 * @property {string} name
 * @property {number} low
 * @property {number} high
 * @property {boolean} is_log
 * @property {boolean} is_ordered
 * @property {number[]} centres
 *
 * @typedef {object} ContourChart
 * @property {ChartAxis} x
 * @property {ChartAxis} y
 * @property {((WireNumber | null)[])[]} values
 * @property {number[]} number
 * @property {(WireNumber | null)[]} trial_x
 * @property {(WireNumber | null)[]} trial_y
 * @property {(WireNumber | null)[]} trial_value
 * @property {number} of
 *
 * @typedef {object} RankChart
 * @property {number[]} number
 * @property {(WireNumber | null)[]} x
 * @property {(WireNumber | null)[]} y
 * @property {(WireNumber | null)[]} value
 * @property {(WireNumber | null)[]} rank
 * @property {number} of
 *
 * @typedef {object} EdfChart
 * @property {(WireNumber | null)[]} values
 * @property {((WireNumber | null)[])[]} shares
 *
 * @typedef {object} ParetoChart
 * @property {number[]} number
 * @property {((WireNumber | null)[])[]} values
 * @property {boolean[]} is_best
 * @property {number} of
 *
 * @typedef {object} SpreadChart
 * @property {(WireNumber | null)[]} x
 * @property {(WireNumber | null)[]} lower
 * @property {(WireNumber | null)[]} median
 * @property {(WireNumber | null)[]} upper
 * @property {number[]} lines
 *
 * @typedef {object} CompareChart
 * @property {string[]} studies
 * @property {BestLine[]} lines
 * @property {SpreadChart} spread
 *
 * @typedef {object} Timeline
 * @property {number[]} trial
 * @property {number[]} attempt
 * @property {string[]} worker
 * @property {(string | null)[]} host
 * @property {number[]} started
 * @property {(number | null)[]} ended
 * @property {(End | null)[]} end
 * @property {Decision[]} decision
 * @property {(string | null)[]} reason
 *
 * @typedef {object} Rungs
 * @property {RungView[]} rungs
 *
 * @typedef {object} RungView
 * @property {number} rung
 * @property {number} reached
 * @property {number} stopped
 * @property {WireNumber} least
 * @property {WireNumber} greatest
 * @property {WireNumber | null} bar
 *
 * @typedef {object} Costs
 * @property {number} device_seconds
 * @property {number} seconds
 * @property {Spent[]} spent
 * @property {number | null} saved_steps
 * @property {number | null} saved_device_seconds
 *
 * @typedef {object} Spent
 * @property {End | null} end
 * @property {number} count
 * @property {number} device_seconds
 * @property {number} seconds
 */

export {};
