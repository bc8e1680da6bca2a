"""Who may work when: worker processes, the queue, deadlines and memory."""
