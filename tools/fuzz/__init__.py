"""Differential fuzzing: the compiled scan and the careful path must find the same in any log."""
