import { bench, describe } from 'vitest';
import { bimodality, fitBetaMixture, fitGaussianMixture, scoreHistogram } from '../../src/mixture/index.js';
import { createRandom } from '../../src/numerics/index.js';

const draw = (count: number) => {
  const random = createRandom(1, 'mixture bench');
  return Float32Array.from({ length: count }, () =>
    random.uniform() < 0.8 ? 0.32 + 0.08 * random.normal() : 0.62 + 0.06 * random.normal(),
  );
};

for (const count of [10_000, 100_000, 1_000_000]) {
  const scores = draw(count);
  describe(`two normals from ${count.toLocaleString('en')} scores`, () => {
    bench('histogram of 4,096 bins and fit', () => {
      fitGaussianMixture(scoreHistogram(scores));
    });
    if (count <= 100_000) {
      bench('fit on the raw scores', () => {
        fitGaussianMixture(scores);
      });
    }
  });
}

const histogram = scoreHistogram(draw(1_000_000));
describe('from a histogram of 4,096 bins', () => {
  bench('fitGaussianMixture, extrapolated', () => {
    fitGaussianMixture(histogram);
  });
  bench('fitGaussianMixture, plain EM', () => {
    fitGaussianMixture(histogram, { acceleration: 'none' });
  });
  bench('fitBetaMixture', () => {
    fitBetaMixture(histogram);
  });
  bench('bimodality, 1 to 4 components', () => {
    bimodality(histogram);
  });
});
