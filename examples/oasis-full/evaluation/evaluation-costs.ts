import type { EvaluationResult } from './evaluation-result.js';

/** Starts the clocks; what it returns reads them. */
export const startCosts = () => {
  const started = performance.now();
  const processor = process.cpuUsage();
  return (): Pick<EvaluationResult, 'seconds' | 'processorSeconds' | 'peakMemoryMegabytes'> => {
    const { user, system } = process.cpuUsage(processor);
    return {
      seconds: Math.round(performance.now() - started) / 1000,
      processorSeconds: Math.round((user + system) / 1000) / 1000,
      peakMemoryMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
    };
  };
};
