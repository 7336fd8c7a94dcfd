"""What the bot does with each kind of update. `bot.app` registers them all."""
