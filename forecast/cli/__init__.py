"""The only room that prints, asks, exits or knows a terminal."""
