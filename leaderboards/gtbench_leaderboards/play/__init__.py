"""How agents play as a whole: policies, and what best responses win from them."""
