import type { RetrievalText } from './retrieval-task.js';

/** What is kept of a text once it is encoded. */
export type TextLabel = Omit<RetrievalText, 'text' | 'place'>;

/** Where a text was read is told while it is at hand, and not kept. */
export const withoutPlace = ({ place: _, ...label }: Omit<RetrievalText, 'text'>): TextLabel => label;
