"""`python -m hbm_model` is `hbm-model`."""

from hbm_model.cli import main

main()
