"""What a model file is: its description, how it is saved, and how it is loaded without trust."""
