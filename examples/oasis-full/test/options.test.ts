import { join } from 'node:path';
import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRunOptions, readRunOptions } from '../commands/run.js';
import {
  choice,
  type KeyName,
  numbers,
  numeric,
  readOptions,
  toggle,
  words,
} from '../options/declaration.js';
import { defineCommand } from '../options/define-command.js';
import { engineDeclarations, engineDefaults } from '../options/engine-options.js';
import { fromHere } from '../options/from-here.js';
import { modelHeadings } from '../options/model-flags.js';
import { offlineModels } from '../options/model-options.js';
import { docstringSettings, judgeSettings, labelerSettings } from '../options/models-in-use.js';
import { numberOption } from '../options/number-option.js';
import { runFolder } from '../options/run-folder.js';
import { defaults, optionsKeyedBy, recipeDeclarations } from '../options/run-options.js';
import { studentOf, trainingDeclarations, trainingDefaults } from '../options/training-options.js';

describe('numberOption', () => {
  it('names what it expects and what it got', () => {
    const parse = numberOption({ integer: true, minimum: 1 });
    expect(parse('8')).toBe(8);
    for (const bad of ['0', '1.5', 'x', '', ' ', 'NaN', 'Infinity', '1e400']) {
      expect(() => parse(bad)).toThrow(/Expected a whole number ≥ 1, received/);
    }
  });

  it('knows open bounds', () => {
    const parse = numberOption({ minimum: 0, below: 1 });
    expect(parse('0')).toBe(0);
    expect(() => parse('1')).toThrow('Expected a number ≥ 0 and < 1, received 1');
  });
});

describe('the folder of a run', () => {
  it('is --run, the operand, or --out where a command has no other', async () => {
    const read = async (...args: string[]) => {
      let found = '';
      const program = new Command();
      defineCommand(program, {
        name: 'status',
        help: '',
        options: { run: runFolder() },
        action: async ({ run }) => {
          found = run;
        },
      });
      await program.parseAsync(['status', ...args], { from: 'user' });
      return found;
    };
    for (const args of [['--run', 'r'], ['--out', 'r'], ['r']])
      expect(await read(...args)).toBe(fromHere('r'));
    expect(await read()).toBe(fromHere(defaults.out));
  });
});

describe('the options of a run', () => {
  const commandOf = (...flags: string[]) => {
    const command = addRunOptions(new Command().exitOverride().configureOutput({ writeErr: () => {} }));
    return command.parse(flags, { from: 'user' });
  };
  const parse = (...flags: string[]) => readRunOptions(commandOf(...flags));
  const groups = [
    recipeDeclarations,
    engineDeclarations,
    trainingDeclarations,
    ...Object.values(modelHeadings),
  ];

  it('are what they are declared to be where nothing is said', () => {
    expect(parse()).toEqual({
      ...defaults,
      out: fromHere(defaults.out),
      models: offlineModels,
      training: trainingDefaults,
    });
    expect(readOptions(commandOf(), engineDeclarations)).toEqual(engineDefaults);
  });

  it('stand in the help once each, with their defaults', () => {
    const help = commandOf().configureHelp({ helpWidth: 10_000 }).helpInformation();
    for (const { flags, help: words, fallback } of groups.flatMap((group) => Object.values(group))) {
      const lines = help.split('\n').filter((line) => line.trimStart().startsWith(`${flags} `));
      expect(lines, flags).toHaveLength(1);
      expect(lines[0]).toContain(words);
      const isShown = typeof fallback === 'number' || typeof fallback === 'string';
      if (isShown) expect(lines[0]).toContain(`default: ${JSON.stringify(fallback)}`);
    }
  });

  it('are read by flags of other names, lists and paths', () => {
    const options = parse(
      ...['--repos', 'a', 'b', '--weight-infonce', '0.5', '--no-dataset-jsonl', '--threshold', '0.4'],
      ...[
        '--negative-strata',
        'calls=2',
        'lexical=1',
        '--training-workers',
        '3',
        '--infonce-form',
        'released',
      ],
    );
    expect(options).toMatchObject({
      repos: [fromHere('a'), fromHere('b')],
      weightInfoNce: 0.5,
      datasetJsonLines: false,
      threshold: 0.4,
      negativeStrata: { calls: 2, lexical: 1 },
      training: { workers: 3, infoNceForm: 'released' },
    });
  });

  it('refuse what has no sense', () => {
    expect(() => parse('--weight-decay', '-1')).toThrow('Expected a number ≥ 0, received -1');
    expect(() => parse('--threshold', '0.4', '--threshold-quantile', '0.9')).toThrow(/cannot be used with/);
    expect(() => parse('--frozen-layers', '0')).toThrow('--frozen-layers needs --encoder');
    expect(() => parse('--student', 'head')).toThrow(
      '--student head needs --encoder: the model whose vectors the head reads',
    );
    const bert = join(import.meta.dirname, '../../../test/encoders/fixtures/bert');
    expect(() => parse('--student', 'bag', '--encoder', bert)).toThrow(/--student bag takes no --encoder/);
    expect(() => parse('--student', 'static', '--encoder', bert, '--lora-rank', '4')).toThrow(
      '--lora-rank needs --student encoder',
    );
    const ranks = ['--embedder', 'lsa', bert, '--teacher-scale', 'rank'];
    expect(() => parse(...ranks, '--labels', 'batch')).toThrow(
      /--labels batch needs --teacher-scale none or/,
    );
    expect(parse(...ranks).teacherScale).toBe('rank');
    expect(() => parse('--device', 'webgpu')).toThrow(
      '--device needs a transformer: --encoder, --embedder or',
    );
    expect(parse('--device', 'webgpu', '--embedder', bert).models.device).toBe('webgpu');
    expect(() => parse('--device', 'webgpu', '--model-engine', 'tfjs', '--embedder', bert)).toThrow(
      '--device is for ONNX Runtime, --model-engine tfjs for TensorFlow.js',
    );
    expect(() => parse('--encoder', bert, '--head', 'mlp')).toThrow('--head needs --student head');
    expect(parse('--encoder', 'owner/name').training.encoder).toBe('owner/name');
    expect(studentOf(parse('--encoder', bert).training)).toBe('encoder');
    expect(studentOf(parse().training)).toBe('bag');
    expect(() => parse('--lora-alpha', '4')).toThrow('--lora-alpha needs --lora-rank');
    expect(() => parse('--encoder', 'nowhere')).toThrow(/--encoder: expected a folder with config.json/);
    expect(() => parse('--negative-strata', 'calls')).toThrow(/--negative-strata: expected calls=N/);
  });

  it('are part of the keys of what they change, and of no other', () => {
    const keyed = (key: KeyName) => Object.keys(optionsKeyedBy(key, parse()));
    expect(keyed('corpus')).toEqual(['validationRepos', 'testRepos', 'nearDuplicates', 'seed']);
    expect(keyed('pairs')).toEqual(['seed', 'negatives', 'negativeStrata', 'twinNegatives', 'treeRatio']);
    expect(keyed('labels')).toEqual(['similarityMap', 'teacherScale', 'labelDimensions']);
    expect(keyed('refinement')).toEqual([
      ...['deltaS', 'treeRatio', 'mixture', 'mixtureOver', 'threshold', 'thresholdQuantile'],
    ]);
    expect(keyed('training')).toEqual([
      ...['seed', 'dimensions', 'epochs', 'batchQueries', 'batchNegatives', 'learningRate', 'temperature'],
      ...[
        'weightInfoNce',
        'weightCosent',
        'patience',
        'student',
        'head',
        'headRoles',
        'loraRank',
        'loraAlpha',
        'loraTargets',
      ],
      ...[
        'frozenLayers',
        'maximumLength',
        'dropout',
        'queryPrompt',
        'infoNceForm',
        'cosentGroups',
        'cosentMargin',
      ],
      ...['cosentNormalize', 'cosentTemperature', 'labels', 'positiveLabels', 'schedule', 'warmUpSteps'],
      ...['weightDecay', 'epsilon', 'accumulate', 'chunkSize', 'workers', 'batchPositives'],
      ...['evaluateEvery', 'validationFunctions'],
    ]);
    expect(keyed('evaluation')).toEqual(['seed', 'testFunctions']);
    const models = {
      ...offlineModels,
      docstrings: 'llm',
      judge: 'satisfies',
      embeddingModels: ['m'],
    } as const;
    expect(Object.keys(docstringSettings(models))).toEqual([
      ...[
        'docstrings',
        'chatModel',
        'structuredOutput',
        'chatParameters',
        'tokenizer',
        'maxFunctionTokens',
        'maxNeighborTokens',
        'chatContext',
      ],
    ]);
    expect(Object.keys(labelerSettings(models))).toEqual([
      ...['embedders', 'crossEncoders', 'embeddingModels', 'embeddingDimensions'],
      ...['queryPrefix', 'documentPrefix'],
      'maxInputTokens',
    ]);
    expect(Object.keys(judgeSettings(models))).toEqual([
      ...[
        'judge',
        'judgeModel',
        'judgeVotes',
        'structuredOutput',
        'chatParameters',
        'tokenizer',
        'maxFunctionTokens',
        'chatContext',
      ],
    ]);
    // Without a service, no option of one matters.
    expect(docstringSettings(offlineModels)).toEqual({ docstrings: 'author' });
    expect(labelerSettings(offlineModels)).toEqual({ embedders: [] });
    expect(judgeSettings(offlineModels)).toEqual({ judge: 'clone' });
  });
});

describe('a declared command', () => {
  const options = {
    kind: choice('--kind <kind>', 'one of two', ['left', 'right'], 'left'),
    path: words<string>('--path <dir>', 'must be given', '', { required: true, convert: fromHere }),
    values: numbers('--value <n...>', 'several', { integer: true, minimum: 1 }),
    rank: numeric('--rank [n]', 'a bare flag is 10', { minimum: 1 }, null, {
      convert: (rank: number | true) => (rank === true ? 10 : rank),
    }),
    json: toggle('--json', 'off by default'),
  };
  const programOf = () => {
    const received: unknown[] = [];
    const program = new Command().exitOverride().configureOutput({ writeErr: () => {} });
    defineCommand(program, {
      name: 'try',
      help: 'a command',
      operand: ['<words...>', 'some words'],
      options,
      action: async (values, operand) => void received.push(values, operand),
    });
    return { received, program };
  };
  const run = async (...flags: string[]) => {
    const { received, program } = programOf();
    await program.parseAsync(['try', ...flags], { from: 'user' });
    return received;
  };

  it('hands every declared value to its action', async () => {
    expect(await run('two', 'words', '--path', 'here')).toEqual([
      { kind: 'left', path: fromHere('here'), values: [], rank: null, json: false },
      'two words',
    ]);
    expect(await run('x', '--path', 'p', '--kind', 'right', '--value', '3', '4', '--rank', '--json')).toEqual(
      [{ kind: 'right', path: fromHere('p'), values: [3, 4], rank: 10, json: true }, 'x'],
    );
  });

  it('refuses what is missing, unknown or out of bounds, by its flag', async () => {
    await expect(run('x')).rejects.toThrow("required option '--path <dir>' not specified");
    await expect(run('x', '--path', 'p', '--kind', 'lft')).rejects.toThrow(/'--kind <kind>'.+left, right/);
    await expect(run('x', '--path', 'p', '--value', '0')).rejects.toThrow('Expected a whole number ≥ 1');
    await expect(run('--path', 'p')).rejects.toThrow("missing required argument 'words'");
  });
});
