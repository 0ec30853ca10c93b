"""What workloads really use, and what they should ask for. `histograms` and `advising` are pure."""
