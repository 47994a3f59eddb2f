/** Whether a method belongs to its class alone, by its signature. */
export const isStatic = (signature: string): boolean => /(^|\s)(@staticmethod|static)\b/.test(signature);

/** Whether a method takes its class as the receiver. */
export const isOfClass = (signature: string): boolean => /@classmethod\b/.test(signature);
