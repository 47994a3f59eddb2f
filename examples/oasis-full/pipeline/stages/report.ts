import { renderReport } from 'oasis-embed/report';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { writeText } from '../../store/json-files.js';
import { buildReport, type ReportInputs } from '../report/report-data.js';
import type { Stage } from '../stage.js';
import type { StageContext } from './context.js';

/** report.html: what the run did and what came out, in one file. */
export const reportStage = (
  context: StageContext,
  inputs: ReportInputs,
  repositories: readonly RepositorySource[],
): Stage<null> => ({
  name: 'report',
  options: {},
  after: Object.values(inputs).filter((record) => record !== null),
  outputs: [context.folder.path('report')],
  run: async () => {
    await writeText(
      context.folder.path('report'),
      renderReport(await buildReport(context, inputs, repositories)),
    );
    return null;
  },
});
