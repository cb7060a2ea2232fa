"""The desk board's processor with a start script that marks what a tap goes through: python -m tests.benchmarks.terminal_interpreter ROOT …"""

import sys
from pathlib import Path

from host_tools.boards import desk_interpreter

if __name__ == "__main__":
    desk_interpreter.START = Path(__file__).with_name("terminal_start.py")
    sys.exit(desk_interpreter.main(sys.argv[1:]))
