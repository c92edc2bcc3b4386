"""Base templates, components, charts and theme that every page composes; see README.md for one example a component."""
