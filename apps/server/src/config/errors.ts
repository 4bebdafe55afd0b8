/** One thing wrong with the configuration. */
export interface ConfigProblem {
  /** Key, as in `images[0].suite`; empty for the whole file. */
  readonly key: string;
  /** Where it was said: `pxeboot.yaml:3`, an environment variable or a flag. */
  readonly source: string;
  readonly message: string;
}

/** The configuration cannot be used; lists every problem, each with its key and source. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'ERR_PXEBOOT_CONFIG';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    super(
      problems
        .map(({ key, source, message }) => [source, key, message].filter(Boolean).join(': '))
        .join('\n'),
    );
    this.problems = problems;
  }
}
