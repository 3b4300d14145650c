"""The version of this package: the build, `--version` and every manifest read it here."""

__version__ = "0.1.0"
