"""What a stack reaches beyond itself: tables, HTTP, cache, realtime, mail, files, each behind its Protocol."""
