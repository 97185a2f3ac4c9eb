"""What is true: executions, their steps, turns, waits and timers as rows, and the questions asked of them."""
