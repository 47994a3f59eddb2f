/** What a shell reports for a program whose reader went away (128 + SIGPIPE). */
const CLOSED_PIPE = 141;

/**
 * Ends the program without a word when nobody reads its output any longer, as after `search … | head -1`. Node would
 * print a stack trace. A run that ends so resumes like any interrupted run.
 */
export const endWithTheReader = (): void => {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(CLOSED_PIPE);
      throw error;
    });
};
