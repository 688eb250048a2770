"""The course: what comes next for a learner, questions and what follows from their answers, what is due again."""
