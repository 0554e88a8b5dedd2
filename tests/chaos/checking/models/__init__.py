"""Small independent models: what must follow from what, written from the documentation."""
