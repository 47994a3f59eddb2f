/** The key in a named environment variable; `OPENAI_API_KEY` for OpenAI's own host only, so that it never reaches another. */
export const keyFromEnvironment = (baseUrl: string, variable: string | undefined): string | undefined => {
  if (variable !== undefined) {
    const key = process.env[variable];
    if (key === undefined || key === '')
      throw new TypeError(`the environment variable ${variable} is not set`);
    return key;
  }
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : '';
  return host === 'api.openai.com' ? process.env.OPENAI_API_KEY : undefined;
};
