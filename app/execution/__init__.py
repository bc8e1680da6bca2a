"""Execution of work: worker processes, the admission queue, deadlines and memory."""
