"""`python -m coinapi_idx_cli` is `idxstream`."""

from coinapi_idx_cli.cli import main

if __name__ == "__main__":
    main()
