"""The operating system and Python itself: imports, memory, atomic files, ending with the parent process."""
