"""What a call or definition may ask for: delay, priority, limits and retries, read and checked."""
