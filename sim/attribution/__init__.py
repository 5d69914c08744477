"""Where losses came from: what strained a firm, who pulled whom, losses by channel."""
