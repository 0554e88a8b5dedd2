"""Feedback: asks a customer, once they are handed over, whether they would recommend us; keeps the answers; reckons the NPS."""
