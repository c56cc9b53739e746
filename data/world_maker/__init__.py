"""The parts of the script that makes the sample world; see ``make_world.py`` beside this folder."""
