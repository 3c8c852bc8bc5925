"""Teams: users who offer their time together."""
