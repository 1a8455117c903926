"""What changes the accounts: one command a verb and a user's word, carried out by the writer in gathered transactions."""
