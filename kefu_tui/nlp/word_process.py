"""The process in which jieba lives: JSON lines of texts in, JSON lines of words out.

Run by `kefu_tui.nlp.words` as a program of its own: jieba takes most of a second to load, 110 MB, and holds
the interpreter's lock for tens of milliseconds a text, none of which the desk can afford (a key must be
answered at once). It ends when its input does, so it never outlives the desk.
"""

import json
import logging
import sys
from typing import BinaryIO


def main(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each line `{"texts": [...]}` with `{"words": [[...], ...]}`; `{"learn": [...]}` adds words."""
    import jieba

    jieba.setLogLevel(logging.CRITICAL)
    # its own loading would trust a cache file in the shared temporary directory, and is no faster for it
    jieba.dt.FREQ, jieba.dt.total = jieba.dt.gen_pfdict(jieba.dt.get_dict_file())
    jieba.dt.initialized = True
    for line in source:
        asked = json.loads(line)
        for word in asked.get("learn", ()):
            jieba.add_word(word)
        words = [jieba.lcut(text) for text in asked.get("texts", ())]
        sink.write(json.dumps({"words": words}).encode("ascii") + b"\n")
        sink.flush()


if __name__ == "__main__":  # pragma: no cover - a process of its own
    try:
        main(sys.stdin.buffer, sys.stdout.buffer)
    except (ImportError, BrokenPipeError, KeyboardInterrupt):
        sys.exit(3)
