import { bimodality, fitBetaMixture, fitGaussianMixture, scoreHistogram } from '../../src/mixture/index.js';
import { createRandom } from '../../src/numerics/index.js';
import { type Prepared, type Suite, sizes, work } from '../runner/suite.js';

const draw = (count: number) => {
  const random = createRandom(1, 'mixture bench');
  return Float32Array.from({ length: count }, () =>
    random.uniform() < 0.8 ? 0.32 + 0.08 * random.normal() : 0.62 + 0.06 * random.normal(),
  );
};

const label = (count: number) => `${count.toLocaleString('en')} scores`;

const fitted = (run: () => { readonly means: ArrayLike<number> }): Prepared => ({
  run,
  outcome: ({ means }: { means: ArrayLike<number> }) => Array.from(means).sort((a, b) => a - b),
});

export const mixture: Suite = {
  room: 'mixture',
  works: [
    work({
      name: 'two-normals',
      title: 'A mixture of two normals, fitted to scores',
      sizes: sizes([10_000, 100_000, null, 1_000_000], label),
      input: draw,
      share: (scores) => ({ scores }),
      // The histogram has bins of 1/4096; scikit-learn is asked for the same convergence.
      tolerance: 1e-3,
      note: 'Outcomes are the means of the two components.',
      contenders: [
        {
          name: 'fitGaussianMixture(scoreHistogram(scores))',
          prepare: (scores) => fitted(() => fitGaussianMixture(scoreHistogram(scores))),
        },
        { name: 'GaussianMixture', module: 'gaussian_mixture', package: 'scikit-learn' },
      ],
    }),
    work({
      name: 'raw-scores',
      title: 'A mixture of two normals, fitted to the raw scores without a histogram',
      sizes: sizes([10_000, 100_000], label),
      input: draw,
      share: (scores) => ({ scores }),
      tolerance: 1e-4,
      contenders: [
        { name: 'fitGaussianMixture(scores)', prepare: (scores) => fitted(() => fitGaussianMixture(scores)) },
        { name: 'GaussianMixture', module: 'gaussian_mixture', package: 'scikit-learn' },
      ],
    }),
    work({
      name: 'beta',
      title: 'A mixture of two beta distributions, fitted to a histogram of 4,096 bins',
      sizes: sizes([100_000], label),
      input: (count: number) => scoreHistogram(draw(count)),
      tolerance: 0,
      contenders: [
        {
          name: 'fitBetaMixture',
          prepare: (histogram) => ({ run: () => fitBetaMixture(histogram), outcome: () => [] }),
        },
      ],
    }),
    work({
      name: 'bimodality',
      title: 'Mixtures of 1 to 4 components compared, from a histogram of 4,096 bins',
      sizes: sizes([100_000], label),
      input: (count: number) => scoreHistogram(draw(count)),
      tolerance: 0,
      contenders: [
        {
          name: 'bimodality',
          prepare: (histogram) => ({ run: () => bimodality(histogram), outcome: () => [] }),
        },
      ],
    }),
  ],
};
