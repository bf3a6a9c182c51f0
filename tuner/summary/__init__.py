"""Events add up to a summary, call by call; summaries can be merged, stored and read again."""
