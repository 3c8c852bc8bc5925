"""The blueprint of the guests' pages; views join it by importing `door`."""

from __future__ import annotations

from flask import Blueprint

door = Blueprint("public", __name__)
