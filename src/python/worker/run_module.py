"""`python run_module.py MODULE ARGUMENTS` is `python -m MODULE ARGUMENTS`, but ends when Node does."""

import runpy
import sys

from parent import exit_with_parent

exit_with_parent()
# The module must import its own modules, not the ones beside this file.
del sys.path[0]
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
