"""How each kind of card is spoken to: one file a family, and the rows of its manual. Knows no offers and no records."""
