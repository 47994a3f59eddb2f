import { expect, it } from 'vitest';
import { entryText } from '../search/entries/entry-text.js';

const entry = {
  path: 'src/sessions.py',
  qualifiedName: 'Session.send',
  doc: 'Send a request.',
  code: 'def send(self, request):\n    return request',
};

it('puts what an entry is called, and where it is, before what is said of it', () => {
  expect(entryText(entry)).toBe(
    'Session.send\nsrc/sessions.py\nSend a request.\ndef send(self, request):\n    return request',
  );
});

it('leaves no empty line where there is no doc', () => {
  expect(entryText({ ...entry, doc: null })).toBe(
    'Session.send\nsrc/sessions.py\ndef send(self, request):\n    return request',
  );
});
