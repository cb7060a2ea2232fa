"""The offers of a pack and the function that applies them: integers only, the same result on every machine. Knows no cards."""
