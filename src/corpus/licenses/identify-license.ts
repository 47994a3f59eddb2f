/** What a license's text says in its own words, and what it must not say, as plain lower-case words. */
interface LicenseRule {
  readonly id: string;
  readonly has: readonly string[];
  readonly lacks?: readonly string[];
}

const MIT_GRANT =
  'permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files the software to deal in the software without restriction';
const MIT_NOTICE = 'the above copyright notice and this permission notice';
const BSD =
  'redistribution and use in source and binary forms with or without modification are permitted provided that the following conditions are met';
const BSD_SOURCE = 'redistributions of source code must retain the above copyright notice';
const BSD_BINARY = 'redistributions in binary form must reproduce the above copyright notice';
const BSD_WARRANTY = 'exemplary or consequential damages';
const ENDORSE =
  'to endorse or promote products derived from this software without specific prior written permission';
const GRANT_ANY =
  'permission to use copy modify and or distribute this software for any purpose with or without fee is hereby granted';

const RULES: readonly LicenseRule[] = [
  {
    id: 'AGPL-3.0-only',
    has: ['gnu affero general public license version 3 19 november 2007', 'remote network interaction'],
  },
  { id: 'LGPL-3.0-only', has: ['gnu lesser general public license version 3 29 june 2007'] },
  {
    id: 'GPL-3.0-only',
    has: [
      'gnu general public license version 3 29 june 2007',
      'how to apply these terms|end of terms and conditions',
    ],
    lacks: ['gnu lesser general public license version 3 29 june 2007', 'gcc runtime library exception'],
  },
  { id: 'LGPL-2.1-only', has: ['gnu lesser general public license version 2 1 february 1999'] },
  { id: 'LGPL-2.0-only', has: ['gnu library general public license version 2 june 1991'] },
  {
    id: 'GPL-2.0-only',
    has: [
      'gnu general public license version 2 june 1991',
      'this general public license applies to most of the free software foundation s software',
    ],
  },
  {
    id: 'Apache-2.0',
    has: ['apache license version 2 0 january 2004', 'grant of patent license'],
    lacks: ['llvm exceptions', 'pixar'],
  },
  {
    id: 'MPL-2.0',
    has: ['mozilla public license version 2 0', 'incompatible with secondary licenses'],
    lacks: [
      'this source code form is incompatible with secondary licenses as defined by the mozilla public license v 2 0 exhibit c',
    ],
  },
  {
    id: 'MPL-1.1',
    has: ['mozilla public license version 1 1', 'multiple licensed code'],
    lacks: [
      'sugarcrm',
      'original developer',
      'netscape public license version 1 1',
      'netscape public license amendments',
      'amendments the netscape public license',
    ],
  },
  { id: 'EPL-2.0', has: ['eclipse public license v 2 0', 'secondary license'] },
  { id: 'EPL-1.0', has: ['eclipse public license v 1 0', 'recipient s rights'] },
  {
    id: 'CDDL-1.0',
    has: ['common development and distribution license', 'version 1 0'],
    lacks: ['version 1 1'],
  },
  { id: 'CC0-1.0', has: ['cc0 1 0 universal', 'affirmer'] },
  { id: 'CC-BY-4.0', has: ['creative commons attribution 4 0 international public license'] },
  { id: 'CC-BY-SA-4.0', has: ['creative commons attribution sharealike 4 0 international public license'] },
  {
    id: 'Unlicense',
    has: [
      'in jurisdictions that recognize copyright laws',
      'this is free and unencumbered software released into the public domain',
      'anyone is free to copy modify publish use compile sell or distribute this software',
    ],
    lacks: ['whirlpool'],
  },
  {
    id: 'BSL-1.0',
    has: [
      'boost software license version 1 0',
      'permission is hereby granted free of charge to any person or organization',
    ],
  },
  {
    id: 'Zlib',
    has: [
      'this software is provided as is without any express or implied warranty in no event will the authors be held liable',
      'the origin of this software must not be misrepresented',
      'altered source versions must be plainly marked as such',
      'this notice may not be removed or altered from any source distribution',
    ],
    lacks: ['see the following', 'source distribution 4', 'cube'],
  },
  {
    id: 'WTFPL',
    has: ['do what the fuck you want to public license', 'you just do what the fuck you want to'],
  },
  { id: 'Artistic-2.0', has: ['the artistic license 2 0', 'copyright holder'] },
  {
    id: 'Python-2.0',
    has: ['python software foundation license version 2', 'beopen python license agreement'],
  },
  { id: 'PSF-2.0', has: ['python software foundation license version 2'], lacks: ['beopen'] },
  {
    id: 'PostgreSQL',
    has: [
      'permission to use copy modify and distribute this software and its documentation for any purpose without fee and without a written agreement is hereby granted',
      'no obligations to provide maintenance support updates enhancements or modifications',
    ],
  },
  {
    id: '0BSD',
    has: [GRANT_ANY, 'the software is provided as is and the author disclaims all warranties'],
    lacks: ['provided that the above copyright notice'],
  },
  {
    id: 'curl',
    has: [
      'permission to use copy modify and distribute this software for any purpose with or without fee is hereby granted provided that the above copyright notice and this permission notice appear in all copies',
      'noninfringement of third party rights',
      'except as contained in this notice the name of a copyright holder shall not be used in advertising',
    ],
  },
  {
    id: 'ISC',
    has: [
      `${GRANT_ANY} provided that the above copyright notice and this permission notice appear in all copies`,
      'disclaims all warranties',
    ],
    lacks: ['neither the name', 'advertising'],
  },
  {
    id: 'MIT-0',
    has: [MIT_GRANT, 'furnished to do so the software is provided as is without warranty of any kind'],
    lacks: ['third party rights', MIT_NOTICE, 'copyright notice', 'all copies'],
  },
  {
    id: 'MIT',
    has: [
      MIT_GRANT,
      `${MIT_NOTICE} shall be included in all copies or substantial portions of the software`,
      'the software is provided as is without warranty of any kind',
    ],
    lacks: [
      'except as contained in this notice',
      'advertising',
      'shall be used for good',
      'commons clause',
      'next paragraph',
      'acknowledg',
      'open data',
      'additional terms',
      'nuclear',
      'modified versions',
      'wish to',
      'wishing to',
      'competing use',
      'this agreement',
      'reporting email',
    ],
  },
  {
    id: 'BSD-4-Clause',
    has: [
      BSD,
      BSD_SOURCE,
      BSD_BINARY,
      'all advertising materials mentioning features or use of this software must display the following acknowledg',
      ENDORSE,
    ],
    lacks: ['university of california', 'shortened'],
  },
  {
    id: 'BSD-3-Clause',
    has: [BSD, BSD_SOURCE, BSD_BINARY, ENDORSE, BSD_WARRANTY],
    lacks: [
      'advertising materials',
      'nuclear',
      'patent',
      'military',
      'no license',
      'modified version',
      'u s government',
      'acknowledg',
      'enhancements',
      'the following acknowledgment',
      'attribution notice',
      'you acknowledge',
      'lawrence berkeley',
      'export',
      'sendmail',
      'complete source code',
      'alternatively',
      'in its entirety',
      'bsd like',
    ],
  },
  {
    id: 'BSD-2-Clause',
    has: [BSD, BSD_SOURCE, BSD_BINARY, BSD_WARRANTY],
    lacks: [
      'endorse',
      'advertising',
      'patent',
      'views and conclusions',
      'acknowledg',
      'neither the name',
      'the name of',
      'trademark',
      'modified versions',
      'without modification are permitted provided that the following conditions are met 1 redistributions of source code must retain the above copyright notice immediately',
      'beginning of the file',
      'in this position and unchanged',
      'first lines',
      'changes',
      'origin',
      'obtain the source',
      'source code must be',
      'complete corresponding source',
      'accompanying software',
    ],
  },
];

/** Words alone: case, marks and line breaks differ between copies of one text. */
const wordsOf = (text: string): string =>
  ` ${text
    .toLowerCase()
    .replace(/\(c\)|©/g, ' ')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;

/** No license is longer by much. */
const LIMIT = 100_000;

const says = (words: string, phrase: string): boolean => phrase.split('|').some((one) => words.includes(one));

/**
 * The SPDX id of a license by its text, for those that most code is under; null for any other text.
 *
 * The words decide, not the title: `Copyright 2010 …` above the text of the BSD licenses is told by its clauses. The
 * text of the GNU licenses does not say whether later versions are allowed; the id is that without (`GPL-3.0-only`).
 *
 * Time O(length).
 *
 * @example
 * ```ts
 * import { identifyLicense } from 'oasis-embed/corpus';
 * identifyLicense('All rights reserved.'); // null
 * ```
 *
 * @see https://spdx.org/licenses/
 */
export const identifyLicense = (text: string): string | null => {
  const words = wordsOf(text.slice(0, LIMIT));
  for (const { id, has, lacks = [] } of RULES)
    if (has.every((phrase) => says(words, phrase)) && !lacks.some((phrase) => says(words, phrase))) return id;
  return null;
};
