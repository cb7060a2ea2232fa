"""What was said to a card, in words, with its time and without secrets: names, masks, the model of the air, a link that listens, replay."""
