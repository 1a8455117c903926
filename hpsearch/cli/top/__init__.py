"""`hpsearch top`: studies, workers and rungs as they stand, live."""
