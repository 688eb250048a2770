"""Pictures: reading and classifying what is uploaded, and drawing every PNG of the bot, in processes with limits.

`processes` has what the use cases call, `tasks` what runs in a process, `sandbox` the limits around it, `classified`
and `reasons` the plain values that come back.
"""
