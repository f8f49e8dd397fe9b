"""The words of usher: frozen values without behaviour beyond validation.

Everything here can be written as JSON and read back equal, because the journal holds
events and the snapshot holds the world. Times are seconds on the boot clock unless a
name says otherwise; durations are seconds.
"""
