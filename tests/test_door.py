"""The one door: every command answers, an unknown one is named, help does not wait for TensorFlow."""

import subprocess
import sys

import pytest

from lepton_helpers import __main__ as door


@pytest.mark.parametrize("name", door.COMMANDS)
def test_every_command_says_what_it_does(name, capsys):
    with pytest.raises(SystemExit) as ended:
        door.main([name, "--help"])
    out = capsys.readouterr().out
    assert ended.value.code == 0 and out.startswith(f"usage: lepton {name}")


def test_an_unknown_command_is_named(capsys):
    assert door.main(["prune"]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "'prune'" in said.err and "doctor" in said.err


def test_help_lists_the_commands_and_loads_no_tensorflow():
    code = ("import sys\nfrom lepton_helpers import __main__ as door\n"
            "ended = door.main([])\nprint('tensorflow' in sys.modules, ended)")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=3600)
    assert ran.stdout.splitlines()[-1] == "False 0" and all(name in ran.stdout for name in door.COMMANDS)


def test_python_m_is_the_same_door():
    ran = subprocess.run([sys.executable, "-m", "lepton_helpers", "nonsense"], capture_output=True, text=True,
                         timeout=3600)
    assert ran.returncode == 2 and "no command 'nonsense'" in ran.stderr
