import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRunOptions, readRunOptions } from '../commands/run.js';
import { withModelFolders } from '../models/model-folders.js';
import { offlineModels } from '../options/model-options.js';
import { readModelOptions } from '../options/read-model-options.js';

const parse = (...flags: string[]) => {
  const command = addRunOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
  return readModelOptions(command.parse(flags, { from: 'user' }));
};

describe('model flags', () => {
  it('ask for nothing but offline models by default', () => {
    expect(parse()).toEqual(offlineModels);
  });

  it('read addresses, prices and several labelers', () => {
    const models = parse(
      ...['--docstrings', 'llm', '--chat-model', 'm', '--base-url', 'http://127.0.0.1:8000/v1/'],
      ...[
        '--embedding-model',
        'a',
        'b',
        '--embedder',
        'lsa',
        '--embedding-price',
        '0.13',
        '--embedding-price',
        '0.02',
      ],
      ...[
        '--chat-price',
        '0.15/0.6',
        '--api-key-env',
        'MY_KEY',
        '--embedding-base-url',
        'http://10.0.0.2/v1',
      ],
    );
    expect(models).toMatchObject({
      docstrings: 'llm',
      chat: { baseUrl: 'http://127.0.0.1:8000/v1', apiKeyVariable: 'MY_KEY' },
      judging: { baseUrl: 'http://127.0.0.1:8000/v1', apiKeyVariable: 'MY_KEY' },
      // Another host gets no key that was not named for it.
      embedding: { baseUrl: 'http://10.0.0.2/v1', apiKeyVariable: null },
      embedders: ['lsa'],
      embeddingModels: ['a', 'b'],
      chatPrice: { promptPerMillion: 0.15, completionPerMillion: 0.6 },
      embeddingPrices: [{ promptPerMillion: 0.13 }, { promptPerMillion: 0.02 }],
    });
  });

  it.each([
    [/--chat-model is missing: --docstrings llm needs it/, ['--docstrings', 'llm']],
    [/--judge-model .+ is missing: --judge satisfies needs it/, ['--judge', 'satisfies']],
    [/--embedding-price is missing: --max-usd needs it/, ['--embedding-model', 'e', '--max-usd', '1']],
    [
      /--embedding-price takes one price for all, or one for each of 1/,
      ['--embedding-model', 'e', '--embedding-price', '1', '--embedding-price', '2'],
    ],
    [/--judge-votes must be odd, received 2/, ['--judge-votes', '2']],
    [/name of an environment variable in capital letters, not a key/, ['--api-key-env', 'sk-live-123']],
    [/without user name, password/, ['--base-url', 'http://me:secret@127.0.0.1/v1']],
    [/without user name, password, query/, ['--base-url', 'http://127.0.0.1/v1?key=secret']],
    [/Expected dollars per million tokens.+received cheap/, ['--chat-price', 'cheap']],
    [/Expected a number ≥ 0, received -1/, ['--max-usd', '-1']],
  ])('say what they expect: %s', (message, flags) => {
    expect(() => parse(...flags)).toThrow(message);
  });

  it.each([
    [
      '--embedder',
      ['--embedder', 'nowhere'],
      /^--embedder: expected a model's folder.*nothing at .*nowhere$/,
    ],
    [
      '--teacher-cross-encoder',
      ['--teacher-cross-encoder', './nowhere'],
      /^--teacher-cross-encoder: .*nowhere$/,
    ],
    ['--embedder', ['--embedder', import.meta.dirname], /config\.json/],
  ])('%s is refused before any work where it names no model: %j', async (_, flags, message) => {
    const command = addRunOptions(new Command().exitOverride());
    command.parse(flags, { from: 'user' });
    await expect(withModelFolders(readRunOptions(command))).rejects.toThrow(message);
  });
});
