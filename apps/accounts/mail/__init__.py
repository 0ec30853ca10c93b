"""The letters that people get. Called by tasks: a mail server may take its time."""
