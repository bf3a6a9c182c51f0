"""What callers suffered: measures, estimates, choices, reports."""
