"""Pictures: reading and classifying uploads, and drawing every PNG of the bot, in processes with limits.

`processes` has what the use cases call, `tasks` what runs in a process, `sandbox` the limits around it, `data` the
data set there, `answers` the plain values that are returned.
"""
