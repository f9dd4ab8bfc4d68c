"""The feed's rules, pure: no socket, thread, clock, file or terminal is imported here."""
