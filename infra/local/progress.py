"""What the launcher tells the person at the terminal, with the seconds since it began."""

import time


class Progress:
    """Prints lines with the time that passed."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the launcher began."""
        return time.monotonic() - self._began

    def tell(self, line: str) -> None:
        """Print one line at once."""
        print(f"[{self.seconds:5.1f} s] {line}", flush=True)
