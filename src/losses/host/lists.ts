import { type Ids, type Numbers, readIds, readNumbers, readWeights } from '../checks.js';
import { listsOf, targetOf } from '../label-targets.js';
import type { ListSettings } from '../list-net-options.js';
import type { ValueAndGradients } from './value-and-gradients.js';

/**
 * How far the distribution that scores imply is from the one that labels imply, list by list, then reduced:
 * −Σ p_i log q_i + entropyWeight · Σ p_i log p_i, with its gradient (q_i − p_i) / τ.
 */
export const listsOnHost = (
  scores: ArrayLike<number>,
  labels: Numbers,
  settings: ListSettings<{ readonly groups?: Ids; readonly weights?: Numbers }> & {
    readonly temperature: number;
  },
  entropyWeight: 0 | 1,
): ValueAndGradients<readonly [scores: Float32Array]> => {
  const { length } = scores;
  const { temperature, labelTemperature, reduction } = settings;
  const values = readNumbers('labels', 'P', labels, length);
  const masses = readWeights(settings.weights, 'P', length);
  const lists = listsOf(length, readIds('groups', 'P', settings.groups, length), masses);
  const share = reduction === 'mean' ? 1 / Math.max(1, lists.length) : 1;
  const toScores = new Float32Array(length);
  let value = 0;
  let along = 0;
  for (const list of lists) {
    const targets = targetOf(list, values, labelTemperature, masses);
    const logits = list.map((i) => scores[i]! / temperature);
    const largest = logits.reduce((most, logit) => Math.max(most, logit), -Infinity);
    const total = largest + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - largest), 0));
    list.forEach((i, at) => {
      const [logit, target] = [logits[at]!, targets[at]!];
      const pull = share * (Math.exp(logit - total) - target);
      if (target > 0) value += share * target * (total - logit + entropyWeight * Math.log(target));
      toScores[i] = pull / temperature;
      along += pull * logit;
    });
  }
  return { value, gradients: [toScores], temperatureGradient: -along / temperature };
};
