"""Templates: text becomes trees, trees are held against the catalogue, trees become Python."""
