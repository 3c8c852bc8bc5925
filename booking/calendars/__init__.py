"""Connections to calendar servers, their calendars, replicas and the busy store."""
