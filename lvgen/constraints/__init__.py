"""What measurements at low energies say about a boson, one subject in each module."""
