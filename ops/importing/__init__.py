"""Import of a CRM's export: a mapping says what its columns mean, rows become commands, and every row is answered for."""
