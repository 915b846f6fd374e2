/** How one package manager installs the package, or one bundler bundles it. */
export interface Trial {
  /** Lines of a project's files, or of the command, that the documentation tells a user to add. */
  readonly setting: Setting;
  /** Whether it also works without the setting, whether or not the hosts of install scripts can be reached. */
  readonly isPlainFine: boolean;
}

export interface Setting {
  /** The text in the table of results. */
  readonly shown: string;
  /** Files with the setting, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Arguments of the command. */
  readonly args?: readonly string[];
}

/** The outcome of one try. `failure` is undefined if the package was installed or bundled, and encoded a text. */
export interface Outcome {
  readonly failure: string | undefined;
  readonly seconds: number;
  /** Size of node_modules, or of the bundler's output. */
  readonly megabytes: number;
}

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly setting: string;
  readonly isPlainFine: boolean;
  readonly plain: Outcome;
  /** With the setting; undefined if there is nothing to set. */
  readonly documented: Outcome | undefined;
}

/** A tool that is not on this machine. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

export const NOTHING: Setting = { shown: 'nothing' };
