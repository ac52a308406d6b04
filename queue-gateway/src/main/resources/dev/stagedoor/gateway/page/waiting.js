// Keeps the waiting-room page live. The page is complete without: what cannot be told here, asking for the page again can.
import { Line } from './line.js';

const page = document.body.dataset;
page.live = 'yes'; // or the page would ask for itself after a while
const language = document.documentElement.lang;
const element = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString(language);
const again = () => location.reload();

// ── before there is a place: the cookie that came with this page shows that cookies are kept ──────

function greet() {
  if (navigator.cookieEnabled && hasTriedLessThan(3)) {
    again();
  } else {
    element('cookies').hidden = false;
  }
}

// Without a pause, by loading itself: whoever comes to it anew begins anew. Where nothing can be counted nothing is tried.
function hasTriedLessThan(most) {
  const isAnew = performance.getEntriesByType('navigation')[0]?.type === 'navigate';
  try {
    const [tries, last] = JSON.parse(sessionStorage.getItem('queue-tries')) ?? [0, 0];
    const inARow = isAnew || Date.now() - last > 10_000 ? 0 : tries;
    sessionStorage.setItem('queue-tries', JSON.stringify([inARow + 1, Date.now()]));
    return inARow < most;
  } catch {
    return false;
  }
}

// ── the place ───────────────────────────────────────────────────────────────────────────────────

let spokenAt = 0;

function guess(seconds) {
  if (seconds == null) return page.unknown;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 1 ? page.soon : page.about.replace('#', number(minutes));
}

// Where this place began, kept over reloads of this tab, if anything is.
let begun = 0;

function begunAt(ahead) {
  const key = `queue-begun-${page.sequence}`;
  begun = Math.max(begun, ahead + 1);
  try {
    begun = Math.max(begun, Number(sessionStorage.getItem(key)));
    sessionStorage.setItem(key, begun);
  } catch {
    // by this page alone
  }
  return begun;
}

function showProgress(ahead) {
  const bar = element('progress');
  bar.max = begunAt(ahead);
  bar.value = bar.max - ahead - 1;
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
  if (status.notice || status.estimatedWaitSeconds === null) look();
}

// A line that does not move may be the wrong one: the address may be another room's by now, or
// need no turn. Where it moves, it leads there by itself. To 421 nothing leads back by itself, and
// the next gateway may know this host, or this one again.
let lookedAt = 0;

async function look() {
  if (performance.now() - lookedAt < 120_000) return;
  lookedAt = performance.now();
  try {
    const { status } = await fetch(location, { method: 'HEAD', redirect: 'manual', cache: 'no-store' });
    if (status < 500 && status !== 421 && status !== 429) again();
  } catch {
    // later
  }
}

function goIn() {
  note(page.turn);
  document.title = page.turn;
  again();
}

// The page may have the place all the same, as where a proxy takes the cookies from calls: without a pause it would load for ever.
function over() {
  if (hasTriedLessThan(3)) {
    again();
  } else {
    note(page.away);
    setTimeout(again, 10_000);
  }
}

function follow() {
  showProgress(Number(page.ahead));
  const line = new Line({ room: page.room, prefix: page.queue });
  line.on('status', tell);
  line.on('away', () => note(page.away));
  line.on('ended', over);
  line.watch();
  addEventListener('pageshow', (event) => { if (event.persisted) again(); });
}

// Of where they lead back to the browser alone knows what stands behind the #.
for (const form of document.forms) form.action += location.hash;
for (const link of document.querySelectorAll('a.button')) link.href += location.hash;
if (page.calm) setTimeout(again, 1000 * page.calm - 500); // before the browser does it by itself, without that
if (page.page === 'greeting') greet();
if (page.page === 'waiting') follow();
