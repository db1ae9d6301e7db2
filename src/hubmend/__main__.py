"""`python -m hubmend` is the command line too."""

from hubmend.cli import main

main()
