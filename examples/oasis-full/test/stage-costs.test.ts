import { expect, it } from 'vitest';
import { offlineModels } from '../options/model-options.js';
import { headForecast, labelingForecast } from '../pipeline/recipe/labeling-forecast.js';
import { createTrainingCosts } from '../terminal/training-costs.js';

const told = (steps: number, secondsPerStep: number, of = steps) => {
  const lines: string[] = [];
  let seconds = 0;
  const costs = createTrainingCosts(
    (text) => lines.push(text),
    32,
    () => 1000 * seconds,
  );
  for (let step = 1; step <= steps; step++) {
    // The first step takes longer than any other.
    seconds += step === 1 ? 60 : secondsPerStep;
    costs.onStep({ step, totalSteps: of });
  }
  costs.finish([0.4, 0.5, 0.45], 0.5);
  return lines;
};

it('says once what is to come, by the steps after the first ones', () => {
  const lines = told(100, 6, 605);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(
    '605 steps of up to 32 docstrings, 6.0 s each here: about 60 min to go, evaluations aside',
  );
});

it('says in the end what it took and what it gave', () => {
  expect(told(11, 1).at(-1)).toMatch(
    /^11 steps in 70 s, \d+\.\d GiB at the most: validation MRR@1000 from 0\.4000 to 0\.5000$/,
  );
});

it('forecasts nothing for a training that is over by then', () => {
  expect(told(6, 1)).toHaveLength(1);
});

it('says which models the labels need, and nothing of those that cost nothing', () => {
  const texts = { docstrings: 20, functions: 30 };
  expect(labelingForecast(offlineModels, texts)).toBeNull();
  expect(labelingForecast({ ...offlineModels, embedders: ['lsa', '/models/small'] }, texts)).toBe(
    '20 docstrings and 30 functions to embed, each once, by small; what earlier runs kept is read',
  );
  expect(labelingForecast({ ...offlineModels, crossEncoders: ['/models/judge'] }, texts)).toMatch(
    /^every pair to score by judge; /,
  );
});

it('says what a head reads before it is trained, and nothing of other students', () => {
  const texts = { queries: ['add'], documents: ['a + b', 'b + a'] };
  expect(headForecast({ student: 'head', encoder: '/models/small' }, texts)).toMatch(
    /^the head reads vectors of small: 1 docstrings and 2 functions to embed, each once/,
  );
  expect(headForecast({ student: 'encoder', encoder: '/models/small' }, texts)).toBeNull();
  expect(headForecast({ student: null, encoder: null }, texts)).toBeNull();
});
