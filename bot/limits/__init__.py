"""Who may use the bot, how often it answers, and what is not done twice."""
