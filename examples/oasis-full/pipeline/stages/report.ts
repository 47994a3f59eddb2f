import { basename } from 'node:path';
import { renderReport } from 'oasis-embed/report';
import type { RepositorySource } from '../../corpus/default-corpus.js';
import { studentOf } from '../../options/training-options.js';
import { writeText } from '../../store/json-files.js';
import { modelCard } from '../report/model-card.js';
import { buildReport, type ReportInputs } from '../report/report-data.js';
import type { Stage } from '../stage.js';
import type { StageContext } from './context.js';

/** What a model is called: its folder, or, in the hub's cache, its repository. */
const modelName = (folder: string): string =>
  /[\\/]models--([^\\/]+)[\\/]snapshots[\\/]/.exec(folder)?.[1]?.replace('--', '/') ?? basename(folder);

/** report.html: what the run did and what came out, in one file; README.md: the card of its model. */
export const reportStage = (
  context: StageContext,
  inputs: ReportInputs,
  repositories: readonly RepositorySource[],
): Stage<null> => ({
  name: 'report',
  options: {},
  after: Object.values(inputs).filter((record) => record !== null),
  outputs: [context.folder.path('report'), context.folder.path('modelCard')],
  run: async () => {
    const { folder, options } = context;
    const report = await buildReport(context, inputs, repositories);
    await writeText(folder.path('report'), renderReport(report));
    const { encoder, onnx } = options.training;
    await writeText(
      folder.path('modelCard'),
      modelCard(report, {
        student: studentOf(options.training),
        base: encoder === null ? null : modelName(encoder),
        onnx: onnx !== null,
      }),
    );
    return null;
  },
});
