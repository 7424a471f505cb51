"""What `lepton run | lab | sweep | bench | serve | doctor` call."""
