"""Wire format: marshmallow schemas for requests and answers."""
