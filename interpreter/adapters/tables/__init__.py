"""The workspace's tables: declarations and record nodes' questions become rows, through SQL that is compiled once."""
