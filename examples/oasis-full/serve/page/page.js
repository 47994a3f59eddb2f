// @ts-check
// The search page. Everything that comes from a repository enters as text, never as markup.

/**
 * @typedef {{ name: string, functions: number, title?: string }} CountedName
 * @typedef {{ entries: number, functions: number, dimensions: number, encoder: string | null, repositories: CountedName[],
 *   languages: CountedName[], examples: string[] }} IndexDescription
 * @typedef {{ score: number, why: string, changed: boolean | null, link: string | null, role: string, isWhole: boolean,
 *   duplicates: { repository: string, path: string, startLine: number }[], id: string, file: string | null, repository: string, path: string, startLine: number,
 *   endLine: number, language: string, qualifiedName: string, signature: string, summary: string | null,
 *   lines: number, tokens: [string, string?][] }} Hit
 * @typedef {{ question: string, hits: Hit[], milliseconds: number }} Answer
 */

/** Links that editors register for themselves; {path} and {line} are filled in. @type {Record<string, string>} */
const editors = {
  'VS Code': 'vscode://file/{path}:{line}',
  VSCodium: 'vscodium://file/{path}:{line}',
  Cursor: 'cursor://file/{path}:{line}',
  Zed: 'zed://file/{path}:{line}',
  'JetBrains IDE': 'idea://open?file={path}&line={line}',
};

const PAGE_SIZE = 20;
const LARGEST = 100;
const PAUSE_MS = 120;
/** Code of more lines is folded. */
const FOLDED_LINES = 6;
/** A list of more names is typed into. */
const LISTED_NAMES = 200;

/** @template {Element} E @param {string} selector @param {new () => E} kind @returns {E} */
const find = (selector, kind) => {
  const element = document.querySelector(selector);
  if (!(element instanceof kind)) throw new Error(`the page lacks ${selector}`);
  return element;
};

const form = find('#form', HTMLFormElement);
const question = find('#question', HTMLInputElement);
/** @type {HTMLSelectElement | HTMLInputElement} */
let repository = find('#repository', HTMLSelectElement);
const language = find('#language', HTMLSelectElement);
const editor = find('#editor', HTMLSelectElement);
const status = find('#status', HTMLElement);
const welcome = find('#welcome', HTMLElement);
const problem = find('#problem', HTMLElement);
const nothing = find('#nothing', HTMLElement);
const results = find('#results', HTMLElement);
const more = find('#more', HTMLButtonElement);

/** @type {IndexDescription | null} */
let description = null;
let shown = PAGE_SIZE;
/** The entry whose like is shown in place of answers to the question. @type {string | null} */
let like = null;
/** @type {AbortController | null} */
let running = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let pause;

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
const element = (tag, attributes, ...children) => {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) created.setAttribute(name, value);
  created.append(...children);
  return created;
};

/** @param {number} value @param {string} one @param {string} several */
const quantity = (value, one, several) => `${value.toLocaleString('en')} ${value === 1 ? one : several}`;

/** What repositories call themselves may turn the direction of the text around it. @param {string} text */
const plain = (text) => text.replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g, '\ufffd');

/** As the server calls it. @param {string} name */
const languageName = (name) => description?.languages.find((known) => known.name === name)?.title ?? name;

/** @param {Hit} hit */
const pathOf = (hit) => `${hit.file ?? `${hit.repository}/${hit.path}`}:${hit.startLine}`;

/** The address that opens the function in the chosen editor, or null. @param {Hit} hit */
const editorLink = (hit) => {
  const template = Object.hasOwn(editors, editor.value) ? editors[editor.value] : undefined;
  if (template === undefined || hit.file === null) return null;
  const path = hit.file
    .replaceAll('\\', '/')
    .split('/')
    .map(encodeURIComponent)
    .join('/')
    .replaceAll('%3A', ':');
  return template
    .replace('{path}', () => (template.includes('?') ? path : path.replace(/^\//, '')))
    .replace('{line}', String(hit.startLine));
};

// ---- what is shown -------------------------------------------------------------------------------------------------

/** @param {'welcome' | 'problem' | 'nothing' | 'results'} name */
const show = (name) => {
  welcome.hidden = name !== 'welcome';
  problem.hidden = name !== 'problem';
  nothing.hidden = name !== 'nothing';
  if (name !== 'results') {
    results.replaceChildren();
    more.hidden = true;
  }
  results.classList.remove('stale');
};

/** @param {string} title @param {string} text */
const showProblem = (title, text) => {
  show('problem');
  status.textContent = '';
  find('#problem h2', HTMLElement).textContent = title;
  find('#problem p', HTMLElement).textContent = text;
};

const showWelcome = () => {
  show('welcome');
  status.textContent = '';
  if (description === null) return;
  const { entries, functions, repositories, examples } = description;
  const others = entries - functions;
  const what = `${quantity(functions, 'function', 'functions')}${others > 0 ? ` and ${quantity(others, 'other definition or part of a file', 'other definitions and parts of files')}` : ''}`;
  find('#welcome .lead', HTMLElement).textContent =
    `Ask in words what the code should do, or by name. ${what} of ${quantity(repositories.length, 'repository', 'repositories')} can be searched.`;
  const list = find('#examples ul', HTMLElement);
  list.replaceChildren(
    ...examples.map((text) =>
      element('li', {}, element('a', { href: `/?${new URLSearchParams({ q: text })}` }, plain(text))),
    ),
  );
  find('#examples', HTMLElement).hidden = examples.length === 0;
};

/** The code line by line; a screen reader and the clipboard get it without the numbers. @param {Hit} hit */
const codeOf = (hit) => {
  const code = element('code', {});
  let number = hit.startLine;
  const begin = () => {
    const line = element(
      'span',
      hit.isWhole ? { class: 'line', 'data-line': String(number++) } : { class: 'line' },
    );
    code.append(line);
    return line;
  };
  let line = begin();
  for (const [text, kind] of hit.tokens) {
    const parts = text.split('\n');
    for (const [i, part] of parts.entries()) {
      if (i > 0) {
        line.append('\n');
        line = begin();
      }
      if (part !== '')
        line.append(kind === undefined ? plain(part) : element('span', { class: kind }, plain(part)));
    }
  }
  return element(
    'pre',
    {
      tabindex: '0',
      role: 'group',
      'aria-label': plain(`Code of ${hit.qualifiedName}, line ${hit.startLine}`),
    },
    code,
  );
};

/** @param {HTMLElement} article @param {boolean} open */
const unfold = (article, open) => {
  article.classList.toggle('open', open);
  article.classList.toggle('folded', !open);
  const button = article.querySelector('.unfold');
  if (button === null) return;
  button.setAttribute('aria-expanded', String(open));
  button.textContent = open ? 'Fold the code' : `All ${article.dataset.lines} lines`;
};

/** @param {Hit} hit @param {HTMLElement} article */
const actionsOf = (hit, article) => {
  const actions = element('div', { class: 'actions' });
  const link = editorLink(hit);
  if (link !== null) actions.append(element('a', { class: 'editor', href: link }, `Open in ${editor.value}`));
  if (hit.lines > FOLDED_LINES) {
    const button = element('button', { class: 'unfold', type: 'button', 'aria-expanded': 'false' });
    button.addEventListener('click', () => unfold(article, !article.classList.contains('open')));
    actions.append(button);
  }
  if (hit.link !== null)
    actions.append(
      element('a', { class: 'forge', href: hit.link, rel: 'noreferrer' }, new URL(hit.link).hostname),
    );
  const related = element('button', { class: 'related', type: 'button' }, 'More like this');
  related.addEventListener('click', () => askLike(hit.id));
  actions.append(related);
  const copy = element('button', { class: 'copy', type: 'button' }, 'Copy the path');
  copy.addEventListener('click', () => copyPath(hit, copy));
  actions.append(copy);
  return actions;
};

/** @param {Hit} hit @param {Element} button */
const copyPath = async (hit, button) => {
  const path = pathOf(hit);
  try {
    await navigator.clipboard.writeText(path);
    button.textContent = 'Copied';
    status.textContent = `Copied ${plain(path)}`;
  } catch {
    // Without leave to write to the clipboard the path can still be taken by hand.
    status.textContent = `Not copied, the browser does not allow it: ${plain(path)}`;
  }
  setTimeout(() => {
    button.textContent = 'Copy the path';
  }, 1500);
};

/** @param {Hit} hit @param {number} place @param {boolean} isFirst of its file */
const article = (hit, place, isFirst) => {
  const created = element('article', {
    class: 'hit',
    tabindex: '0',
    'aria-label': plain(
      `${place}. ${hit.qualifiedName}, ${hit.repository}, ${hit.path} line ${hit.startLine}`,
    ),
  });
  created.dataset.lines = String(hit.lines);
  const at = isFirst
    ? `${hit.repository} · ${hit.path}:${hit.startLine} · ${languageName(hit.language)}`
    : `line ${hit.startLine} of the same file`;
  created.append(
    element(
      'div',
      { class: 'head' },
      element(
        'span',
        { class: 'name' },
        plain(hit.qualifiedName),
        ...(hit.role === 'function' ? [] : [element('small', {}, ` ${hit.role}`)]),
      ),
      element('span', { class: 'score', title: 'why it is here' }, plain(hit.why)),
    ),
    element('p', { class: 'place' }, plain(at)),
  );
  if (hit.summary !== null) created.append(element('p', { class: 'summary' }, plain(hit.summary)));
  if (hit.changed === true)
    created.append(
      element('p', { class: 'changed' }, 'This file has changed since it was indexed: lines may be off.'),
    );
  if (hit.duplicates.length > 0) {
    const places = hit.duplicates.map((at) => `${at.repository} · ${at.path}:${at.startLine}`);
    created.append(element('p', { class: 'place' }, plain(`Also at ${places.join(', ')}`)));
  }
  created.append(codeOf(hit), actionsOf(hit, created));
  if (hit.lines > FOLDED_LINES) unfold(created, false);
  else created.classList.add('open');
  created.addEventListener('keydown', (event) => onResultKey(event, hit, created));
  return created;
};

/** Results of one file together, files in the order of their best. @param {Hit[]} hits @returns {Hit[][]} */
const byFile = (hits) => {
  /** @type {Map<string, Hit[]>} */
  const files = new Map();
  for (const hit of hits) {
    const key = `${hit.repository}\0${hit.path}`;
    const known = files.get(key);
    if (known === undefined) files.set(key, [hit]);
    else known.push(hit);
  }
  return [...files.values()];
};

/** @param {Answer} answer */
const showAnswer = (answer) => {
  if (answer.hits.length === 0) {
    show('nothing');
    status.textContent = 'Nothing found';
    return;
  }
  show('results');
  let place = 0;
  results.replaceChildren(
    ...byFile(answer.hits).map((hits) =>
      element('li', {}, ...hits.map((hit, i) => article(hit, ++place, i === 0))),
    ),
  );
  const total = description?.entries ?? 0;
  const best = `${quantity(answer.hits.length, 'result', 'results')} of ${total.toLocaleString('en')}`;
  const took = `${Math.max(1, Math.round(answer.milliseconds))} ms`;
  status.textContent = like === null ? `The best ${best} · ${took}` : `The most like it: ${best} · ${took}`;
  more.hidden = answer.hits.length < shown || shown >= LARGEST;
};

// ---- asking --------------------------------------------------------------------------------------------------------

/** @param {string} path @param {AbortSignal} [signal] */
const get = async (path, signal) => {
  const response = await fetch(path, signal === undefined ? {} : { signal });
  const body = await response.json().catch(() => null);
  if (!response.ok) {
    const message =
      response.status === 431
        ? 'the question is too long'
        : (body?.error ?? `the server answered ${response.status}`);
    throw Object.assign(new Error(message), { answered: true });
  }
  return body;
};

const parameters = () => {
  const entries = Object.entries({
    q: question.value.trim(),
    repository: repository.value,
    language: language.value,
    like: like ?? '',
  });
  return new URLSearchParams(entries.filter(([, value]) => value !== ''));
};

/** The address says what is shown, so that going back, reloading and bookmarks work. @param {'push' | 'replace'} how */
const remember = (how) => {
  const query = parameters().toString();
  const address = query === '' ? '/' : `/?${query}`;
  if (address === `${location.pathname}${location.search}`) return;
  if (how === 'push') history.pushState(null, '', address);
  else history.replaceState(null, '', address);
};

const search = async () => {
  clearTimeout(pause);
  running?.abort();
  const asked = parameters();
  document.title = asked.get('q') ? `${asked.get('q')} – Code search` : 'Code search';
  if (!asked.get('q') && like === null) {
    running = null;
    showWelcome();
    return;
  }
  running = new AbortController();
  const { signal } = running;
  results.classList.add('stale');
  asked.set('top', String(shown));
  try {
    const path =
      like === null
        ? `/api/search?${asked}`
        : `/api/related?${new URLSearchParams({ id: like, top: String(shown) })}`;
    const answer = await get(path, signal);
    if (!signal.aborted) showAnswer(answer);
  } catch (error) {
    if (signal.aborted) return;
    const answered = error instanceof Error && 'answered' in error;
    if (answered) showProblem('Something went wrong', sentence(error.message));
    else
      showProblem(
        'The server does not answer',
        'Is “oasis-full serve” still running? Start it again, then try again.',
      );
  }
};

/** @param {string} text */
const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** @param {'push' | 'replace'} how */
const ask = (how) => {
  like = null;
  shown = PAGE_SIZE;
  remember(how);
  return search();
};

/** @param {string} id */
const askLike = async (id) => {
  like = id;
  shown = PAGE_SIZE;
  remember('push');
  await search();
  window.scrollTo({ top: 0 });
  articles()[0]?.focus();
};

const clear = () => {
  question.value = '';
  question.focus();
  void ask('push');
};

// ---- the keyboard --------------------------------------------------------------------------------------------------

/** @returns {HTMLElement[]} */
const articles = () => [...results.querySelectorAll('.hit')].filter((hit) => hit instanceof HTMLElement);

/** @param {number} step */
const move = (step) => {
  const all = articles();
  const current = document.activeElement?.closest('.hit');
  const at = current instanceof HTMLElement ? all.indexOf(current) : -1;
  const next = at + step;
  if (next < 0) {
    question.focus();
    window.scrollTo({ top: 0 });
    return;
  }
  all[Math.min(next, all.length - 1)]?.focus();
};

/** @param {KeyboardEvent} event @param {Hit} hit @param {HTMLElement} article */
const onResultKey = (event, hit, article) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target !== article) return;
  const open = () => {
    const link = article.querySelector('a.editor');
    if (link instanceof HTMLAnchorElement) link.click();
    else unfold(article, !article.classList.contains('open') || hit.lines <= FOLDED_LINES);
  };
  if (event.key === 'Enter') open();
  else if (event.key === 'x' && hit.lines > FOLDED_LINES)
    unfold(article, !article.classList.contains('open'));
  else if (event.key === 'c') {
    const button = article.querySelector('.copy');
    if (button !== null) void copyPath(hit, button);
  } else if (event.key === 'ArrowRight' || event.key === 'ArrowLeft') {
    article.querySelector('pre')?.scrollBy({ left: event.key === 'ArrowRight' ? 120 : -120 });
  } else return;
  event.preventDefault();
};

document.addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const target = event.target;
  const typing = target === question;
  if ((target instanceof HTMLSelectElement || target === repository) && event.key !== 'Escape') return;
  if (event.key === 'Escape') clear();
  else if (event.key === '/' && !typing) {
    question.focus();
    question.select();
  } else if (event.key === 'ArrowDown' || (event.key === 'j' && !typing)) move(1);
  else if ((event.key === 'ArrowUp' || event.key === 'k') && !typing) move(-1);
  else return;
  event.preventDefault();
});

// ---- beginning -----------------------------------------------------------------------------------------------------

const fromAddress = () => {
  const given = new URLSearchParams(location.search);
  question.value = given.get('q') ?? '';
  repository.value = given.get('repository') ?? '';
  language.value = given.get('language') ?? '';
  like = given.get('like');
  // A choice that the index does not have leaves a select empty.
  for (const select of [repository, language])
    if (select instanceof HTMLSelectElement && select.selectedIndex < 0) select.value = '';
};

/** @param {HTMLSelectElement} select @param {CountedName[]} names */
const fill = (select, names) => {
  for (const { name, functions, title = name } of names) {
    select.append(element('option', { value: name }, plain(`${title} (${functions.toLocaleString('en')})`)));
  }
};

/** A field that completes what is typed, in place of a list that nobody would scroll through. @param {CountedName[]} names */
const typedChoice = (names) => {
  const list = element('datalist', { id: 'repositories' });
  list.append(
    ...names.map(({ name, functions }) =>
      element('option', { value: name }, `${functions.toLocaleString('en')} entries`),
    ),
  );
  const input = document.createElement('input');
  for (const [name, value] of Object.entries({ id: 'repository', name: 'repository', list: 'repositories' }))
    input.setAttribute(name, value);
  input.placeholder = `all ${names.length.toLocaleString('en')}`;
  repository.replaceWith(input, list);
  return input;
};

const EDITOR_KEY = 'oasis-full.editor';

const start = async () => {
  try {
    description = await get('/api/index');
  } catch (error) {
    showProblem('The server does not answer', error instanceof Error ? sentence(error.message) : '');
    return;
  }
  if (description === null) return;
  if (repository instanceof HTMLSelectElement && repository.options.length === 1) {
    fill(language, description.languages);
    if (description.repositories.length <= LISTED_NAMES) fill(repository, description.repositories);
    else repository = typedChoice(description.repositories);
    repository.addEventListener('change', () => ask('push'));
  }
  // What was typed while the page was loading is the question.
  const typed = question.value;
  fromAddress();
  if (typed === '' || typed === question.value) return search();
  question.value = typed;
  await ask('replace');
};

editor.append(element('option', { value: '' }, 'no editor'));
for (const name of Object.keys(editors)) editor.append(element('option', { value: name }, name));
editor.value = localStorage.getItem(EDITOR_KEY) ?? '';
if (editor.selectedIndex < 0) editor.value = '';

form.addEventListener('submit', (event) => {
  event.preventDefault();
  void ask('push');
});
question.addEventListener('input', () => {
  clearTimeout(pause);
  pause = setTimeout(() => ask('replace'), PAUSE_MS);
});
language.addEventListener('change', () => ask('push'));
editor.addEventListener('change', () => {
  localStorage.setItem(EDITOR_KEY, editor.value);
  void search();
});
more.addEventListener('click', async () => {
  const before = articles().length;
  shown = Math.min(LARGEST, shown + PAGE_SIZE);
  await search();
  articles()[before]?.focus();
});
find('#problem button', HTMLButtonElement).addEventListener('click', () =>
  description === null ? start() : search(),
);
addEventListener('popstate', () => {
  fromAddress();
  shown = PAGE_SIZE;
  void search();
});

if (!matchMedia('(pointer: coarse)').matches) question.focus();
await start();
