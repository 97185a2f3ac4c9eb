"""Mail to people: handed to a server over SMTP, or, where none is set, written into the run's log."""
