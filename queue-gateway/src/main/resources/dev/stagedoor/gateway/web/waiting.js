// Joins the line of this page's room, follows the place, and asks for the page again when it is time.
const words = document.body.dataset;
const show = (id, text) => { document.getElementById(id).textContent = text; };
let finished = false;

function wait(seconds) {
  if (seconds == null) return words.unknown;
  return seconds < 90
    ? words.seconds.replace('#', seconds)
    : words.minutes.replace('#', Math.ceil(seconds / 60));
}

function tell(status) {
  if (status.state === 'ACTIVE') {
    finished = true;
    show('message', words.turn);
    location.reload();
    return;
  }
  show('position', status.position.toLocaleString(document.documentElement.lang));
  show('waiting', status.waiting.toLocaleString(document.documentElement.lang));
  show('estimate', wait(status.estimatedWaitSeconds));
  show('message', '');
}

async function ask(method, path) {
  const answer = await fetch(path, {
    method,
    headers: method === 'POST' ? { 'Content-Type': 'application/json' } : {},
    body: method === 'POST' ? JSON.stringify({ room: words.room }) : undefined,
    cache: 'no-store',
  });
  if (answer.ok) return answer.json();
  if (answer.status === 401 || answer.status === 410) return null;
  const later = Number(answer.headers.get('Retry-After') || 5);
  show('message', answer.headers.get('Content-Type')?.includes('problem') && (await answer.json()).code === 'queue-closed'
    ? words.closed : words.away);
  return { pollAfterMillis: later * 1000 };
}

async function follow() {
  let next = 3000;
  try {
    const status = (await ask('GET', '/api/v1/queue/tokens/current')) ?? (await ask('POST', '/api/v1/queue/tokens'));
    if (status?.state) tell(status);
    next = status?.pollAfterMillis ?? next;
  } catch {
    show('message', words.away);
  }
  if (!finished) setTimeout(follow, next);
}

document.getElementById('leave').addEventListener('click', async () => {
  finished = true;
  await fetch('/api/v1/queue/tokens/current', { method: 'DELETE' });
  show('message', words.ended);
});

follow();
