"""The agent runs it all: command line, config, schedule, web, wiring."""
