import type { Command } from 'commander';
import { defineCommand } from '../options/define-command.js';
import { runFolder } from '../options/run-folder.js';

export const addExplainCommand = (program: Command): void =>
  defineCommand(program, {
    name: 'explain',
    help: 'explain the label of a pair: similarity before and after, rules and verdict',
    operand: ['<pair>', 'number of a pair, as in dataset.jsonl and refinement.jsonl'],
    options: { run: runFolder() },
    async action({ run }, pair) {
      const { explainRun } = await import('../pipeline/explain-run.js');
      await explainRun({ pair, run });
    },
  });
