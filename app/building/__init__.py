"""The parts of the factory, a module for each area, the lower ones for the upper ones."""
