"""A model of delivery: the real chassis over a database and a broker in memory, and every step of it in the hands of an explorer."""
