/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the process runs in GitHub Actions. */
export const inGitHubActions = (environment: Environment = process.env): boolean =>
  environment['GITHUB_ACTIONS'] === 'true';

/** A workflow command that shows a message at a file. */
export function annotation(
  level: 'error' | 'warning',
  title: string,
  message: string,
  file?: string,
): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file)}`]),
    `title=${property(title)}`,
  ].join(',');
  return `::${level} ${properties}::${data(message)}`;
}

const data = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
