"""Training as a use case: start, watch, cancel and describe trainings, and settle those of a killed bot.

`train` holds the trainings of this process, each a `training`; `progress` computes its next `state` from an event of
its job. `describe` turns a state into an answer, `failure` an error into a sentence. `recover` settles the trainings of
bot processes that have ended, which it recognises by the lock files of `sessions`.
"""
