import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addRunCommand } from '../commands/run.js';
import { applyPreset } from '../options/paper-preset.js';

describe('--preset paper', () => {
  const options = (...args: string[]) => {
    const program = new Command().exitOverride();
    addRunCommand(program);
    const command = program.commands[0]!;
    command.action(() => {});
    program.parse(['run', ...args], { from: 'user' });
    applyPreset(command);
    return command.opts();
  };

  it('sets what the released training code has', () => {
    expect(options('--preset', 'paper')).toMatchObject({
      temperature: 0.05,
      weightInfonce: 0.98,
      weightCosent: 0.02,
      epochs: 10,
      learningRate: 5e-4,
      epsilon: 1e-3,
      weightDecay: 0.01,
      schedule: 'constant',
      warmUpSteps: 0,
      seed: 3407,
      infonceForm: 'released',
    });
    expect(options('--preset', 'paper').queryPrompt).toBeUndefined();
    expect(options('--preset', 'paper', '--encoder', 'x')).toMatchObject({
      maximumLength: 1024,
      queryPrompt: expect.stringMatching(/^Instruct: .*\nQuery: $/),
    });
  });

  it('gives way to flags', () => {
    expect(options('--preset', 'paper', '--epochs', '2')).toMatchObject({ epochs: 2, learningRate: 5e-4 });
    expect(options()).toMatchObject({ epochs: 3, learningRate: 0.001, infonceForm: 'paper' });
  });
});
