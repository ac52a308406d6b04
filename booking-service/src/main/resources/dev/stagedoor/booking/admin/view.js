// What the page is made of.
import { byId, count, el, tell } from './elements.js';
import { dateAndTime, money, say } from './words.js';

export { announce, byId, count, el, speak, tell, translate } from './elements.js';

/** How a show stands, and how that is to be looked at. */
export function state(show) {
  if (show.settledAt) return ['settled', 'bad'];
  if (show.cancelledAt) return ['settling', 'bad'];
  if (!show.upcoming) return ['played', ''];
  return show.onSale ? ['onSale', 'good'] : ['notOnSale', 'warn'];
}

const COLUMNS = ['seats', 'sold', 'held', 'free', 'blocked', 'money', 'entered'];

function total(categories) {
  const sum = Object.fromEntries(COLUMNS.map((name) => [name, categories.reduce((all, it) => all + it[name], 0)]));
  return categories.length > 1 ? [...categories, { ...sum, category: say('total'), price: null }] : categories;
}

export function figures(categories, currency) {
  const cell = (it, name) => el('td', { class: name }, name === 'money' ? money(it.money, currency) : count(it[name]));
  const named = (it) => [it.category, it.price && money(it.price, currency)].filter(Boolean).join(' · ');
  return el('table', { class: 'figures' },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, say('category')), ...COLUMNS.map((name) => el('th', { scope: 'col' }, say(name))))),
    el('tbody', {}, ...total(categories).map((it) => el('tr', {}, el('th', { scope: 'row' }, named(it)), ...COLUMNS.map((name) => cell(it, name))))));
}

export const change = (it) => el('tr', {},
  el('td', {}, el('time', { datetime: it.at }, dateAndTime(it.at))), el('td', {}, it.who), el('td', {}, it.what));

export const violation = (it) => el('li', { class: 'wrong' }, `${it.sentence}: ${it.offenders.join(', ')}`);

function field({ name, word, type = 'text', hint, options, ...more }) {
  const control = type === 'textarea' ? el('textarea', { name, rows: 8, spellcheck: 'false', ...more })
    : options ? el('select', { name, ...more }, ...options.map(([value, text]) => el('option', { value }, text)))
      : el('input', { name, type, autocomplete: 'off', ...more });
  return el('label', {}, el('span', {}, say(word ?? name)), control, hint ? el('small', { class: 'hint' }, say(hint)) : null);
}

/** A dialog that stays open until what it asks for was taken: `act` is given the values by name. */
export function ask({ title, text = '', fields, yes, danger = false }, act) {
  const dialog = byId('ask');
  tell(byId('ask-title'), title);
  tell(byId('ask-text'), text);
  tell(byId('ask-wrong'), '');
  byId('ask-fields').replaceChildren(...fields.map(field));
  byId('ask-yes').textContent = yes;
  byId('ask-yes').className = danger ? 'danger' : 'primary';
  byId('ask-no').onclick = () => dialog.close();
  byId('ask-form').onsubmit = async (event) => {
    event.preventDefault();
    byId('ask-yes').disabled = true;
    try {
      await act(Object.fromEntries(new FormData(event.target)));
      dialog.close();
    } catch (error) {
      tell(byId('ask-wrong'), error.message);
    } finally {
      byId('ask-yes').disabled = false;
    }
  };
  dialog.showModal();
}
