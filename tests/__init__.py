"""Requirements, each said in a sentence and run on the real thing."""
