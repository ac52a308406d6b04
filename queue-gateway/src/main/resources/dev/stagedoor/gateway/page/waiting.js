// Keeps the waiting-room page live. The page is complete without: what cannot be told here, asking for the page again can.
const page = document.body.dataset;
const language = document.documentElement.lang;
const CURRENT = `${page.queue}tokens/current?room=${page.room}`;
const EVENTS = `${page.queue}events?room=${page.room}`;
const LONGEST_SILENCE = 25_000; // a stream says something every 15 s
const PATIENCE = 8_000; // with an answer

const element = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString(language);
const again = () => location.reload();

// So that all whom one gateway has lost do not ask the next one at the same instant.
const about = (millis) => millis * (0.75 + Math.random() / 2);

// ── before there is a place: the cookie that came with this page shows that cookies are kept ──────

function greet() {
  const tries = Number(sessionStorage.getItem('queue-tries') ?? 0);
  if (navigator.cookieEnabled && tries < 3) {
    sessionStorage.setItem('queue-tries', tries + 1);
    again();
  } else {
    element('cookies').hidden = false;
  }
}

// ── the place ───────────────────────────────────────────────────────────────────────────────────

let finished = false;
let spokenAt = 0;

function guess(seconds) {
  if (seconds == null) return page.unknown;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? page.soon : page.about.replace('#', number(minutes));
}

// Where this place began, kept over reloads of this tab.
function begunAt(ahead) {
  const key = `queue-begun-${page.sequence}`;
  const begun = Math.max(Number(sessionStorage.getItem(key) ?? 0), ahead + 1);
  sessionStorage.setItem(key, begun);
  return begun;
}

function showProgress(ahead) {
  const bar = element('progress');
  const begun = begunAt(ahead);
  bar.max = begun;
  bar.value = begun - ahead - 1;
  bar.hidden = false;
}

// Often enough to be of use, seldom enough to be borne.
function speak(position) {
  const now = Date.now();
  if (position > 10 && now - spokenAt < 30_000) return;
  spokenAt = now;
  const words = page.said.replace('#', number(position));
  if (element('said').textContent !== words) element('said').textContent = words;
}

function note(words) {
  if (element('note').textContent !== words) element('note').textContent = words;
}

function tell(status) {
  if (status.state === 'ACTIVE') {
    goIn();
    return;
  }
  element('position').textContent = number(status.position);
  element('behind').textContent = number(Math.max(0, status.waiting - status.position));
  element('estimate').textContent = guess(status.estimatedWaitSeconds);
  document.title = `(${number(status.position)}) ${page.title}`;
  note(page[status.notice?.toLowerCase()] ?? '');
  showProgress(status.ahead);
  speak(status.position);
}

function goIn() {
  if (finished) return;
  finished = true;
  stream?.close();
  note(page.turn);
  document.title = page.turn;
  again();
}

// ── how it is heard: by a stream while somebody looks, by asking when there is none ───────────────

let stream;
let openedAt = 0;
let heardAt = 0;
let streamAgainAt = 0;
let timer;

function listen() {
  if (stream || document.hidden || finished || Date.now() < streamAgainAt) return;
  openedAt = Date.now();
  stream = new EventSource(EVENTS);
  stream.addEventListener('status', (event) => {
    heardAt = Date.now();
    tell(JSON.parse(event.data));
  });
  stream.addEventListener('ended', again);
  stream.addEventListener('error', () => {
    askInstead();
    askAfter(about(1000));
  });
}

function askInstead() {
  hangUp();
  streamAgainAt = Date.now() + LONGEST_SILENCE;
}

function hangUp() {
  stream?.close();
  stream = undefined;
}

const isLive = () => stream && Date.now() - heardAt < LONGEST_SILENCE;
const isMute = () => stream && Date.now() - Math.max(openedAt, heardAt) >= LONGEST_SILENCE;

async function ask() {
  if (finished || isLive()) {
    askAfter(LONGEST_SILENCE);
    return;
  }
  if (isMute()) askInstead();
  let next = about(4000);
  try {
    const answer = await fetch(CURRENT, {
      cache: 'no-store', headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(PATIENCE),
    });
    if (answer.ok) {
      const status = await answer.json();
      tell(status);
      next = status.pollAfterMillis;
      listen();
    } else if (answer.status === 401 || answer.status === 404 || answer.status === 410) {
      finished = true;
      again();
    } else {
      next = 1000 * Number(answer.headers.get('Retry-After') ?? 5);
      note(page.away);
    }
  } catch {
    note(page.away);
  }
  askAfter(next);
}

function askAfter(millis) {
  clearTimeout(timer);
  timer = setTimeout(ask, millis);
}

// After sleep, in the background, or off the net, nothing that was said before counts.
function wake() {
  hangUp();
  heardAt = 0;
  streamAgainAt = 0;
  askAfter(0);
}

// A stream may look open for long after the net has gone; to ask fails at once, and costs nothing.
function rest() {
  askInstead();
  note(page.away);
  askAfter(about(4000));
}

function follow() {
  sessionStorage.removeItem('queue-tries');
  showProgress(Number(page.ahead));
  document.addEventListener('visibilitychange', wake);
  document.addEventListener('resume', wake);
  addEventListener('online', wake);
  addEventListener('offline', rest);
  addEventListener('pageshow', (event) => { if (event.persisted) again(); });
  heardAt = Date.now();
  listen();
  askAfter(document.hidden ? 0 : LONGEST_SILENCE);
}

if (page.page === 'greeting') greet();
if (page.page === 'waiting') follow();
