"""The officer's register: reading it, tying its rows to devices, comparing both."""
