// Asks the bot what it sees in a picture.

// The bot's own page has a key in its address, a Mini App what Telegram signed; neither is sent as an address.
function findAuthorization() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (given.has("tgWebAppData")) return `tma ${given.get("tgWebAppData")}`;
  return `Bearer ${given.get("key") ?? ""}`;
}

const authorization = findAuthorization();

// Why there is no answer: `kind` as the API says, `wait` in milliseconds.
export class Refused extends Error {
  constructor(kind, message, wait) {
    super(message);
    this.kind = kind;
    this.wait = wait;
  }
}

export async function classify(blob) {
  const response = await fetch("v1/faces", {
    method: "POST",
    headers: { Authorization: authorization, "Content-Type": blob.type },
    body: blob,
    cache: "no-store",
  });
  const answer = await response.json();
  if (response.ok) return answer;
  const wait = 1000 * Number(response.headers.get("Retry-After") ?? 1);
  throw new Refused(answer.error.kind, answer.error.message, wait);
}
