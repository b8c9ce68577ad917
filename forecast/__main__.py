"""Run the command line with ``python -m forecast``."""

from forecast.cli.app import main

if __name__ == "__main__":
    main()
