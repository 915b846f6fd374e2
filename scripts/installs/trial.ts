/** How the package is installed by one package manager, or taken up by one bundler. */
export interface Trial {
  /** Lines of a project's files, or of the command, that the documentation tells a user to add. */
  readonly setting: Setting;
  /** Whether it works without the setting, too, wherever the hosts of install scripts can be reached or not. */
  readonly isPlainFine: boolean;
}

export interface Setting {
  /** As the table of results shows it. */
  readonly shown: string;
  /** Files that hold the setting, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Arguments of the command. */
  readonly args?: readonly string[];
}

/** What came of one try: `failure` is undefined if the package was installed or bundled, and encoded a text. */
export interface Outcome {
  readonly failure: string | undefined;
  readonly seconds: number;
  /** Size of node_modules, or of what the bundler wrote. */
  readonly megabytes: number;
}

export interface Row {
  readonly name: string;
  readonly version: string;
  readonly setting: string;
  readonly isPlainFine: boolean;
  readonly plain: Outcome;
  /** With the setting; undefined where there is nothing to set. */
  readonly documented: Outcome | undefined;
}

/** A tool that is not on this machine. */
export interface Absent {
  readonly name: string;
  readonly reason: string;
}

export const NOTHING: Setting = { shown: 'nothing' };
