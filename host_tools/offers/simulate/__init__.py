"""The simulator: a pack played against a described population, and what it costs. docs/simulator.md explains every number."""
