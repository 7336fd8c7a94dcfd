"""From a photo to the reply: fetch it, have it classified, format and send the answer."""
