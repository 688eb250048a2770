"""Passages in other words, by a service that a setting names (`TUTOR_REWORD_URL`); without the setting it is not used.

`service` asks it, `check` decides whether its text says only what the passages say. The question of the learner is not
sent: nothing that a person wrote leaves this machine, and no question can tell the service what to write.
"""

from bot.rewording.service import Rewording

__all__ = ["Rewording"]
