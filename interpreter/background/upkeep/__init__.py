"""What any process does for all: sweeping, queues with limits, schedules, cancelling, a worker when none lives."""
