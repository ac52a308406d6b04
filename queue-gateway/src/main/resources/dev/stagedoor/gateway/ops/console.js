// The console: asks the API every second what the rooms are like, and shows it.

import { api } from './api.js';
import { Refusal, signInAs } from './calls.js';
import { Chart, SERIES } from './chart.js';
import { SettingsForm } from './settings.js';
import { announce, ban, byId, change, count, el, speak, story, tell, tiles, translate } from './view.js';
import { say, time } from './words.js';

const EVERY = 1000;
const SELDOM = 5; // rounds between two looks at history and changes
const MODES = ['AUTO', 'HOLD', 'DRAIN', 'OPEN', 'CLOSED'];

const chart = new Chart(byId('chart'));
const form = new SettingsForm((changes) => changeSettings(changes), announce);
let rooms = [];
let viewer = false; // may change nothing
let shown = null; // the id of the room on the page
let round = 0;
let asked = 0; // only the answer to the latest question about a ticket is shown
let going; // the next round
let turn = 0; // only the latest call of follow goes on
let bansDrawn;

const room = () => rooms.find((it) => it.room === shown);

// ── following ────────────────────────────────────────────────────────────────────────────────

async function follow() {
  clearTimeout(going);
  const mine = ++turn;
  let pause = EVERY;
  try {
    if (!document.hidden) {
      rooms = (await api.rooms()).rooms;
      showRooms();
      if (room() && round++ % SELDOM === 0) await followSeldom();
    }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) return askToSignIn();
    tell(byId('banner'), error instanceof Refusal ? error.message : say('unreachable'));
    pause = 3 * EVERY;
  }
  if (mine === turn) going = setTimeout(follow, pause);
}

async function followSeldom() {
  const id = shown;
  try {
    const [history, changes, banned] = await Promise.all([api.history(id), api.changes(id), api.bans(id)]);
    if (id !== shown) return;
    chart.show(history.samples);
    const rows = changes.changes.map(change);
    showBans(banned.bans);
    byId('changes').replaceChildren(...(rows.length > 0 ? rows : [el('tr', {}, el('td', { colspan: 3 }, say('noChanges')))]));
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 503) throw error;
  }
}

/** Made anew only when there are others, as the tabs are. */
function showBans(bans) {
  const drawn = JSON.stringify([bans, speak.language]);
  if (drawn !== bansDrawn) byId('bans').replaceChildren(...bans.map((it) => ban(it, lift)));
  bansDrawn = drawn;
}

function showRooms() {
  const wanted = location.hash.slice(1);
  const id = (rooms.find((it) => it.room === wanted) ?? room() ?? rooms[0])?.room ?? null;
  const isNew = id !== shown;
  shown = id;
  showTabs();
  byId('room').hidden = !room();
  if (!room()) return;
  if (isNew) showNewRoom();
  showRoom(room());
}

/** Made anew only when there are others, or whoever stands on one with the keyboard would lose it every second. */
function showTabs() {
  const list = byId('rooms');
  if (rooms.map((it) => it.room).join() !== [...list.children].map((it) => it.dataset.room).join()) {
    list.replaceChildren(...rooms.map((it) => el('li', { 'data-room': it.room },
      el('a', { href: '#' + it.room }, it.room, ' ', el('small')))));
  }
  rooms.forEach((it, i) => {
    const link = list.children[i].querySelector('a');
    if (it.room === shown) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
    link.title = `${say('waiting')} ${it.waiting}, ${say('active')} ${it.active}`;
    tell(link.querySelector('small'), `${it.waiting} · ${it.active}`);
  });
}

function showNewRoom() {
  round = 0;
  form.build(room().settings, viewer);
  byId('modes').replaceChildren(...MODES.map((mode) =>
    el('button', { type: 'button', 'data-mode': mode, disabled: viewer, title: say('modes.' + mode), onclick: () => chooseMode(mode) }, mode)));
}

function showRoom(it) {
  tell(byId('banner'), say('troubles.' + it.redis));
  tell(byId('link'), say('redis', it.redis));
  byId('link').className = it.redis === 'up' ? 'pill good' : 'pill bad';
  tell(byId('room-name'), it.room);
  tell(byId('room-mode'), it.mode);
  byId('room-mode').className = `pill mode-${it.mode.toLowerCase()}`;
  byId('room-recovering').hidden = !it.recovering;
  tell(byId('room-as-of'), it.asOf ? say('asOf', time(it.asOf)) : '');
  byId('room-as-of').title = `epoch ${it.epoch}`;
  tell(byId('bad-setting'), it.badSetting ? say('badSetting', it.badSetting.field, it.badSetting.must) : '');
  byId('tiles').replaceChildren(...tiles(it));
  for (const button of byId('modes').children) {
    button.setAttribute('aria-pressed', String(button.dataset.mode === it.mode));
  }
  tell(byId('mode-meaning'), say('modes.' + it.mode));
  form.show(it.settings);
  document.title = `${it.waiting} · ${it.active} – ${it.room} – Stagedoor`;
}

// ── changing ─────────────────────────────────────────────────────────────────────────────────

async function changeSettings(changes, id = shown) {
  const answer = await api.change(id, changes);
  const text = answer.changes.map((it) => `${it.setting} ${it.old} → ${it.now}`).join(', ');
  announce(text ? say('saved', text) : say('nothingChanged'));
  round = 0;
  return answer.settings;
}

async function chooseMode(mode) {
  const id = shown;
  if (mode === room().mode) return;
  if (mode !== 'AUTO' && !(await confirmed(say('sure', id, mode), say('modes.' + mode), mode))) return;
  try {
    await changeSettings({ mode }, id);
    await follow();
  } catch (refusal) {
    announce(refusal.message);
  }
}

function confirmed(title, text, yes) {
  const dialog = byId('confirm');
  byId('confirm-title').textContent = title;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true }));
}

// ── tickets ──────────────────────────────────────────────────────────────────────────────────

async function explain(event) {
  event.preventDefault();
  const text = byId('ticket-form').elements.who.value.trim();
  await told(api.explain, text.includes('.') ? { token: text } : { user: text, room: shown });
}

async function revoke(whose) {
  if (!(await confirmed(say('revokeSure'), say('revokeText'), say('revoke')))) return;
  announce(await told(api.revoke, whose) ?? say('revoked'));
  round = 0;
}

/** @returns what is wrong */
async function told(call, whose) {
  const mine = ++asked;
  try {
    const answer = await call(whose);
    if (mine === asked) showTicket('', story(answer, () => revoke(whose)));
    return undefined;
  } catch (error) {
    if (mine === asked) showTicket(error.message);
    return error.message;
  }
}

function forgetTicket() {
  asked++;
  showTicket('');
}

function showTicket(wrong, ...stories) {
  byId('story').replaceChildren(...stories);
  tell(byId('ticket-wrong'), wrong);
}

// ── many visitors ────────────────────────────────────────────────────────────────────────────

async function endMany(event) {
  event.preventDefault();
  const { whom, duration, why } = byId('many-form').elements;
  const id = shown;
  const name = whom.value.trim();
  const isBan = event.submitter?.value === 'ban';
  if (!(await confirmed(say(isBan ? 'banSure' : 'endSure', name), say('endText'), say(isBan ? 'keepOut' : 'endVisits')))) return;
  try {
    const answer = await (isBan ? api.ban(id, { who: name, for: duration.value, why: why.value }) : api.end(id, name));
    announce(say('ended', count(answer.ended)));
    tell(byId('many-wrong'), '');
    round = 0;
  } catch (error) {
    tell(byId('many-wrong'), error.message);
  }
}

async function lift(who) {
  await api.lift(shown, who).catch((error) => announce(error.message));
  round = 0;
}

// ── rooms ────────────────────────────────────────────────────────────────────────────────────

async function makeRoom(event) {
  event.preventDefault();
  const wanted = byId('make-form').elements;
  const paths = wanted.paths.value.split('\n').map((line) => line.trim()).filter(Boolean);
  try {
    const made = await api.make(wanted.room.value, { paths, capacity: Number(wanted.capacity.value) });
    byId('make').close();
    location.hash = made.room;
    announce(`${made.room}: ${say('made')}`);
    follow();
  } catch (error) {
    tell(byId('make-wrong'), error.message);
  }
}

// ── coming and going ─────────────────────────────────────────────────────────────────────────

function askToSignIn() {
  signInAs(null);
  forgetTicket();
  byId('desk').hidden = true;
  byId('who').hidden = true;
  byId('sign-out').hidden = true;
  byId('link').hidden = true;
  tell(byId('banner'), '');
  byId('sign-in').hidden = false;
  byId('sign-in-form').elements.name.focus();
}

function comeIn({ name, role }) {
  viewer = role === 'VIEWER';
  document.body.classList.toggle('viewer', viewer);
  shown = null; // whoever was here before may have been allowed more
  byId('sign-in').hidden = true;
  byId('desk').hidden = false;
  tell(byId('who'), viewer ? `${name} (${say('viewer')})` : name);
  byId('sign-out').hidden = false;
  follow();
}

async function signIn(event) {
  event.preventDefault();
  const { name, password } = byId('sign-in-form').elements;
  signInAs(name.value, password.value);
  try {
    const session = await api.session();
    tell(byId('sign-in-wrong'), '');
    comeIn(session);
  } catch (error) {
    signInAs(null);
    tell(byId('sign-in-wrong'), error.status === 429 ? say('tooOften', error.retryAfter)
      : error.status === 401 ? say('wrongPassword') : error.message);
  }
  password.value = '';
}

function signOut() {
  turn++;
  clearTimeout(going);
  askToSignIn();
}

function inOurLanguage() {
  translate();
  byId('legend').replaceChildren(...SERIES.map(({ name }) => el('button', {
    type: 'button', class: name, 'aria-pressed': 'true', onclick: (event) => {
      chart.toggle(name);
      event.currentTarget.setAttribute('aria-pressed', String(event.currentTarget.getAttribute('aria-pressed') !== 'true'));
    },
  }, say(name))));
  shown = null;
  if (rooms.length > 0) showRooms();
}

byId('language').addEventListener('click', () => { speak.change(); inOurLanguage(); });
byId('sign-in-form').addEventListener('submit', signIn);
byId('sign-out').addEventListener('click', signOut);
byId('ticket-form').addEventListener('submit', explain);
byId('many-form').addEventListener('submit', endMany);
byId('new-room').addEventListener('click', () => byId('make').showModal());
byId('make-cancel').addEventListener('click', () => byId('make').close());
byId('make-form').addEventListener('submit', makeRoom);
addEventListener('hashchange', () => { forgetTicket(); follow(); });
document.addEventListener('visibilitychange', () => { if (!document.hidden && !byId('desk').hidden) follow(); });

inOurLanguage();
// Not before the browser has gone to what the address names: a room may be called as that which a link skips to.
addEventListener('load', () => requestAnimationFrame(askToSignIn));
