"""`python -m booking` is the `booking` command."""

from booking.app import main

main()
