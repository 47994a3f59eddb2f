import type { RetrievalText } from './retrieval-task.js';

/** What is kept of a text after encoding. */
export type TextLabel = Omit<RetrievalText, 'text' | 'place'>;

/** Where a text was read is told while it is at hand, and not kept. */
export const withoutPlace = ({ place: _, ...label }: Omit<RetrievalText, 'text'>): TextLabel => label;
