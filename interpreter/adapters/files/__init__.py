"""Files of a workspace: names that lead nowhere else, a folder in which nothing is half-written, names that expire."""
