/**
 * Trains a TensorFlow.js model of your own with `cosentLoss`: the order of graded similarities, not their values,
 * is what the model learns. Run with `npm run custom-trainer`.
 */
import * as tf from '@tensorflow/tfjs';
import { cosentLoss } from 'oasis-embed/losses';

/** [text, text, graded similarity]: only the order of the grades counts. */
const pairs: readonly (readonly [string, string, number])[] = [
  ['copy an object deeply', 'function cloneDeep(value) { return baseClone(value, DEEP) }', 0.9],
  ['copy an object deeply', 'function clone(value) { return baseClone(value) }', 0.6],
  ['copy an object deeply', 'function random(lower, upper) { return lower + Math.random() * upper }', 0.1],
  ['sum of all numbers', 'function sum(numbers) { return numbers.reduce((a, b) => a + b, 0) }', 0.9],
  ['sum of all numbers', 'function mean(numbers) { return sum(numbers) / numbers.length }', 0.6],
  ['sum of all numbers', 'function cloneDeep(value) { return baseClone(value, DEEP) }', 0.05],
  [
    'wait before calling again',
    'function debounce(fn, wait) { clearTimeout(timer); timer = later(fn, wait) }',
    0.9,
  ],
  ['wait before calling again', 'function throttle(fn, wait) { if (due(wait)) fn() }', 0.7],
  ['wait before calling again', 'function sum(numbers) { return numbers.reduce((a, b) => a + b, 0) }', 0.1],
];

/** Any features will do; here letter trigrams, hashed into 512 counts. */
const features = (text: string): number[] => {
  const counts = new Array<number>(512).fill(0);
  for (let i = 0; i + 3 <= text.length; i++) {
    let hash = 7;
    for (const letter of text.slice(i, i + 3)) hash = (hash * 31 + letter.charCodeAt(0)) % 512;
    counts[hash]! += 1;
  }
  return counts;
};

const model = tf.sequential();
model.add(tf.layers.dense({ inputShape: [512], units: 64, activation: 'relu' }));
model.add(tf.layers.dense({ units: 32 }));

const left = tf.tensor2d(pairs.map(([text]) => features(text)));
const right = tf.tensor2d(pairs.map(([, text]) => features(text)));
const labels = pairs.map(([, , similarity]) => similarity);

const embed = (x: tf.Tensor) => {
  const rows = model.apply(x) as tf.Tensor;
  return tf.div(rows, tf.norm(rows, 2, 1, true));
};
const cosines = () => tf.sum(tf.mul(embed(left), embed(right)), 1) as tf.Tensor1D;

const optimizer = tf.train.adam(0.002);
for (let step = 0; step <= 100; step++) {
  const loss = optimizer.minimize(() => cosentLoss(cosines(), labels), true)!;
  if (step % 20 === 0) console.log(`step ${step}: CoSENT ${loss.dataSync()[0]!.toFixed(4)}`);
  loss.dispose();
}
const scores = tf.tidy(() => cosines().arraySync());
for (const [i, [query, , label]] of pairs.entries()) {
  console.log(`${label.toFixed(2)} → ${scores[i]!.toFixed(3)}  ${query}`);
}
