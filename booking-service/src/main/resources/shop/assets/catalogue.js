// The open page: what is on sale, how long the line is, and the way in.
import { get, goIn, stayKnown } from './calls.js';
import { element, make, number, say, translate, trouble } from './words.js';

const PAGE = 24;

translate();

function entrance(link) {
  link.addEventListener('click', (event) => {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.ariaBusy === 'true') return;
    link.ariaBusy = 'true';
    goIn(link.href);
  });
  return link;
}

function card(concert) {
  const titleId = `concert-${concert.concertId}`;
  const link = make('a', { class: 'button', href: `/shop/concerts/${concert.concertId}`, 'aria-describedby': titleId }, say('buy'));
  return make('li', { class: 'card' },
    make('div', { class: `poster p${concert.concertId % 4}`, 'aria-hidden': 'true' }, [...concert.title][0]),
    make('div', { class: 'words' },
      make('h2', { id: titleId }, concert.title),
      make('p', { class: 'small' }, concert.artist, make('br'), concert.venue),
      entrance(link)));
}

let last; // of those that are shown

async function showConcerts() {
  const { concerts } = await get(`/api/v1/concerts?bookable=true&limit=${PAGE}${last ? `&before=${last}` : ''}`);
  element('concerts').append(...concerts.map(card));
  element('concerts').removeAttribute('aria-busy');
  element('more').hidden = concerts.length < PAGE;
  if (concerts.length === 0 && !last) trouble(say('noConcerts'));
  last = concerts.at(-1)?.concertId ?? last;
}

function describe(room) {
  if (room.mode === 'CLOSED' || room.mode === 'DRAIN') return say('lineClosed');
  if (room.mode === 'HOLD' || room.recovering) return say('linePaused');
  if (room.waiting === 0) return say('noLine');
  return room.estimatedWaitSeconds == null
    ? say('lineUnknown', { waiting: number(room.waiting) })
    : say('line', { waiting: number(room.waiting), minutes: number(Math.max(1, Math.ceil(room.estimatedWaitSeconds / 60))) });
}

async function showLine() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`${document.documentElement.dataset.queue}/rooms/${document.body.dataset.room}`);
    if (answer.ok) element('line').textContent = describe(await answer.json());
  } catch {
    element('line').textContent = '';
  }
}

// Back from the shop by the browser's button, the page is as it was left: busy.
addEventListener('pageshow', () => document.querySelectorAll('a[aria-busy]').forEach((link) => { link.ariaBusy = null; }));

stayKnown();
let showing;
const showMore = () => showing ??= showConcerts().catch((error) => trouble(error.message)).finally(() => { showing = undefined; });
element('more').addEventListener('click', showMore);
showMore();
showLine();
setInterval(showLine, 10_000);
