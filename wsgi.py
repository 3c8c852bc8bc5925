"""The WSGI entry point, for servers other than `booking serve`, and for `flask --app wsgi`."""

from booking.app import create_app

app = create_app()
