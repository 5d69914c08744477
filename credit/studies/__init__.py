"""Published results reproduced on public data: the proof that the models compute what they say."""
