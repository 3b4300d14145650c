"""What takes how long, measured side by side in one run: ``make bench``, or ``python -m benchmarks [SUBJECT ...]``.

Nothing else imports this package. ``docs/generate/performance.py`` makes the tables of ``docs/performance.md`` of what
it leaves in ``benchmarks/results/``.
"""
