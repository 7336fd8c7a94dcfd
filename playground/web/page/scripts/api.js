// The playground's HTTP API, one function for each call.

// The playground answered with an error; its message is for the person.
export class Refused extends Error {}

async function read(response) {
  const body = await response.json();
  if (!body.ok && body.error_code) throw new Refused(body.description);
  return body;
}

export const fileAddress = (fileId) => `/playground/files/${fileId}`;

export async function getState() {
  return read(await fetch("/playground/state"));
}

export async function getBotStatus() {
  return read(await fetch("/playground/bot-status"));
}

export async function runAction(name, fields) {
  return read(
    await fetch(`/playground/actions/${name}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    }),
  );
}

export async function addFault(fault) {
  return read(
    await fetch("/playground/faults", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fault),
    }),
  );
}

export async function clearFaults() {
  return read(await fetch("/playground/faults", { method: "DELETE" }));
}

// Send one message. `fields`: form fields, empty ones are left out. `parts`: [name, blob, file name] for each file.
export async function sendMessage(fields, parts = []) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined && value !== null && value !== "") form.append(name, String(value));
  }
  for (const [name, blob, fileName] of parts) form.append(name, blob, fileName);
  return read(await fetch("/playground/messages", { method: "POST", body: form }));
}

// Subscribe to the events after number `since`. `onState(isOpen)` is called when the connection opens or breaks;
// EventSource connects again by itself.
export function listen(since, onEvent, onState) {
  const source = new EventSource(`/playground/events?since=${since}`);
  source.onmessage = (message) => onEvent(JSON.parse(message.data));
  source.onopen = () => onState(true);
  source.onerror = () => onState(false);
  return source;
}
