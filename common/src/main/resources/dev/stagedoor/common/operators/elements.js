// Small pieces that the pages of operators are made of, here and there, and their language. Text only ever goes in as text.
import { say } from './words.js';

const NAMES = { en: 'English', ko: '한국어' };
const KEPT = 'operators-language';
const kept = ifAllowed(() => localStorage.getItem(KEPT));
let language = NAMES[kept] ? kept : navigator.language.startsWith('ko') ? 'ko' : 'en';

/** A browser may keep nothing for scripts: the language is chosen anew then. */
function ifAllowed(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}

export const speak = {
  get language() { return language; },
  get other() { return language === 'ko' ? 'en' : 'ko'; },
  change() {
    language = this.other;
    ifAllowed(() => localStorage.setItem(KEPT, language));
  },
};

export const count = (number) => number.toLocaleString(language);

export const byId = (id) => document.getElementById(id);

// What the address names behind its # is what is shown: whoever skips to it stays with it.
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  byId('main').focus();
});

export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null));
  return element;
}

export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.hidden = text === '';
}

/** To those who listen, and to those who look. */
export function announce(text) {
  byId('said').textContent = '';
  requestAnimationFrame(() => { byId('said').textContent = text; });
  const toast = el('p', { class: 'toast', 'aria-hidden': 'true' }, text);
  document.body.append(toast);
  setTimeout(() => toast.remove(), 5000);
}

/** The words of the page itself, after the language has changed. */
export function translate() {
  document.documentElement.lang = language;
  byId('language').textContent = NAMES[speak.other];
  byId('language').lang = speak.other;
  for (const element of document.querySelectorAll('[data-word]')) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll('[data-label]')) element.setAttribute('aria-label', say(element.dataset.label));
}
