"""Programs that measure `tuner`, with the peers beside it in the same run."""
