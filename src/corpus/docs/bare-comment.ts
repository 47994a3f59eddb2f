/** Notes to oneself and to tools, and what only warns, credits or justifies: none says what a function does. */
const NOTE =
  /^\W*(?:todo|fixme|xxx|hack|bug|wip|tbd|safety|invariant|warning|caution|note to self|(?:adapted|copied|borrowed|taken|ported|stolen|lifted|backported)(?: \w+)? from|(?:needed|required|necessary|separated|split out|factored out|extracted) (?:for|by|to|in|because|so)|these|those|the following|everything below|precond(?:ition)?s?|members (?:declared|inherited) (?:in|from)|scalafix|scalastyle|there'?s probably|(?:this function is )?exported (?:only )?for tests?(?:ing)?)(?!\w)/i;

/** What a heading over several declarations is called. */
const GROUP =
  'helpers?|utilit(?:y|ies)|utils?|functions?|methods?|getters?|setters?|accessors?|constructors?|destructors?|internals?|privates?|publics?|protected|exports?|imports?|types?|constants?|predicates?|operators?|callbacks?|handlers?|hooks?|events?|tests?|mocks?|fixtures?|stubs?|overrides?|overloads?|implementations?|lifecycle|misc(?:ellaneous)?|api|setup|teardown|instances?|combinators?|iterators?|conversions?|comparisons?|factory|factories|polyfills?|wrappers?|section|part|step|phase';
const HEADING = new RegExp(`^(?:[\\w/'-]+ ){0,3}(?:${GROUP})[:.]?$|^(?:${GROUP}) *[-:—–] `, 'i');

/** A line of code that someone took out of use. */
const CODE =
  /[;{},(]\s*$|=>\s*$|^[)\]}>]+|^\s*(?:const|let|var|val)\s+\w+\s*=|^\s*(?:if|for|while)\s*\(|^[\w.]+\([^)]*\);?$|^\s*[\w.[\]]+ *[-+*/]?= */;

const USAGE = /^[A-Z][A-Z0-9_.-]+(?= ).*(?:<[\w-]+>|\[[^\]]+\])/;

/** Nothing longer is a label; it bounds the time on hostile comments. */
const LABEL_LIMIT = 200;

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');

/**
 * Whether a bare comment above a function is no description of it: a heading or a label that repeats the name, a note to
 * oneself, a warning or a credit, code out of use. Where that is unsure it is a description.
 *
 * @param text The comment without its marks.
 * @param name The function's name.
 */
export const describesNothing = (text: string, name: string): boolean => {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.filter((line) => CODE.test(line)).length > lines.length / 2) return true;
  if (/\n\s*\n/.test(text)) return false;
  if (NOTE.test(text)) return true;
  if (lines.length > 1 || text.length > LABEL_LIMIT) return false;
  const label = text.replace(/^[-=*#~/\s]+|[-=*#~/\s]+$/g, '');
  if (!/\s/.test(label) || lettersOf(label) === lettersOf(name)) return true;
  return HEADING.test(label) || (USAGE.test(label) && !/[.!]$/.test(label));
};
