"""Coverage-guided fuzzing of every parser of what comes from outside."""
