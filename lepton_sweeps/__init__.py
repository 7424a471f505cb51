"""What makes `data/results/`: sweeps over seeds, and the bench. Notebooks import `lepton_helpers`."""
