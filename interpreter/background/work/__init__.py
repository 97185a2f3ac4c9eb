"""What a worker does: a doorbell becomes a run with its journal, within its limits, and an ending on record."""
