"""The process that responds: follows incidents, rings at times, sees orders carried out."""
