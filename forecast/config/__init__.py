"""What a run is: a schema, and where each of its values came from."""
