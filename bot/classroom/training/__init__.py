"""Training as a use case: start, follow, cancel, describe, and settle what a killed bot left.

`train` holds the trainings of this process, each a `training` whose `state` follows the job's events by `progress`.
`describe` turns a state into an answer, `failure` an error into a sentence. `recover` settles the trainings of bot
processes that have ended, which it knows by the lock files of `sessions`.
"""
