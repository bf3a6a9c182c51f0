"""What single calls were like: their figures, what each cost its caller, and one on a timeline."""
