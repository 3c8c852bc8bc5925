"""Pages for hosts: login and CSRF token required."""
