import { negate } from '../graph/operators.js';
import type { GradientRule } from './gradient-rule.js';

export const negGradient: GradientRule = (graph, _node, dy) => [negate(graph, dy)];
