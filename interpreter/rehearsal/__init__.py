"""A run becomes a rehearsal: actions are answered from a mock file, or only told and never done."""
