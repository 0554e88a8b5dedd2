"""Deals: from the first stage of a sale to a win that the close gate let through, or a loss with its reasons."""
