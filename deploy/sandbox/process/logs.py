"""Where the processes' lines go: one rotated file each, and the terminal where there is one."""

import logging
import queue
import re
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path

from honcho.colour import get_colours
from honcho.printer import Message, Printer

MAX_BYTES = 5_000_000
KEPT_FILES = 2
END = None
# The files have every line; a person at the terminal wants to see nodes move and what goes wrong.
TOLD = re.compile(r"\[(warning|error|critical)|outcome=(Go|Done)|Traceback|^\w*(Error|Exception)\b")


class Logs:
    """Takes honcho's messages from many threads and writes them from one."""

    def __init__(self, folder: Path, *, to_terminal: bool) -> None:
        self.messages: queue.Queue[Message | None] = queue.Queue()
        self._folder = folder
        self._files: dict[str, RotatingFileHandler] = {}
        self._printer = Printer(sys.stdout, width=16) if to_terminal else None
        self._colours = get_colours()
        self._writer = threading.Thread(target=self._write_all, name="logs", daemon=True)
        self._writer.start()

    def colour(self) -> str:
        """The next process's colour in the terminal."""
        return str(next(self._colours))

    def close(self) -> None:
        """Write what is left."""
        self.messages.put(END)
        self._writer.join()
        for file in self._files.values():
            file.close()

    def _write_all(self) -> None:
        while (message := self.messages.get()) is not END:
            if message.type != "line":
                continue
            data = message.data
            text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
            self._to_file(message, text)
            if self._printer is not None and TOLD.search(text):
                self._printer.write(message)

    def _to_file(self, message: Message, data: str) -> None:
        if message.name not in self._files:
            self._files[message.name] = self._open(self._folder / f"{message.name}.log")
        record = logging.LogRecord(message.name, logging.INFO, "", 0, data.rstrip("\n"), None, None)
        self._files[message.name].emit(record)

    @staticmethod
    def _open(path: Path) -> RotatingFileHandler:
        is_old = path.exists()
        file = RotatingFileHandler(path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES)
        if is_old:
            # One start, one file: the lines of the last one are beside it.
            file.doRollover()
        return file
