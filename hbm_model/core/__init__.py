"""Words that everything speaks: errors, dates, priors, provenance, progress."""
